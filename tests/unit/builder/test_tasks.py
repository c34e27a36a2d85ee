"""A playbook that fails names the task that it was at, whatever ended it."""

from airship_builder.run import ToolError
from airship_builder.tasks import failed_task
from airship_images.api.errors import InputError, OutsideError
from airship_images.api.reasons import Reason

LINES = (
    "TASK [ours : Files] *****",
    "ok: [localhost]",
    "TASK [site : Look [for] it] *****",
)
FATAL = 'fatal: [localhost]: FAILED! => {"msg": "non-zero return code", "stderr": "the reason"}'


def failed(*lines: str, reason: Reason = Reason.TOOL_FAILED) -> Exception:
    return failed_task(ToolError("ansible-playbook", "ended", lines, reason=reason), "a task that succeeds")


def test_a_task_that_fails_is_named_with_its_message() -> None:
    error = failed(*LINES, FATAL)
    assert isinstance(error, InputError)
    assert error.reason is Reason.CONFIGURE_FAILED
    assert str(error).startswith("task 'site : Look [for] it': found non-zero return code: the reason, expected a task")


def test_a_task_that_is_ended_for_lack_of_time_or_memory_is_named_and_tried_again() -> None:
    for reason in (Reason.TIMED_OUT, Reason.OUT_OF_MEMORY, Reason.DISK_FULL):
        error = failed(*LINES, FATAL, reason=reason)
        assert isinstance(error, OutsideError)
        assert error.reason is reason
        assert str(error).startswith("task 'site : Look [for] it': ansible-playbook ended")


def test_a_playbook_that_came_to_no_task_says_its_last_lines() -> None:
    assert str(failed("a syntax error")) == "ansible-playbook ended: a syntax error"
