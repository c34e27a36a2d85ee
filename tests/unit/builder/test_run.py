"""Programs are logged, bounded, and fail with their last lines."""

import os
import selectors
import time
from pathlib import Path

import pytest

from airship_builder.run import ToolError, run
from airship_images.api.reasons import Reason


def test_the_output_is_given_with_standard_error_in_it() -> None:
    assert run("sh", "-c", "echo out; echo err >&2") == "out\nerr"


def test_a_program_reads_a_text_or_an_open_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("of a file")
    assert run("cat", stdin="a text") == "a text"
    with (tmp_path / "file").open("rb") as file:
        assert run("cat", stdin=file) == "of a file"


def test_a_failure_says_the_program_its_code_and_its_last_lines() -> None:
    with pytest.raises(ToolError, match=r"sh ended with code 7: it broke") as caught:
        run("sh", "-c", "echo it broke; exit 7")
    assert caught.value.reason is Reason.TOOL_FAILED


def test_a_full_disk_has_its_own_reason() -> None:
    with pytest.raises(ToolError) as caught:
        run("sh", "-c", "echo 'write: No space left on device'; exit 1")
    assert caught.value.reason is Reason.DISK_FULL


def test_a_program_that_hangs_is_ended_with_its_children() -> None:
    started = time.monotonic()
    with pytest.raises(ToolError) as caught:
        run("sh", "-c", "sleep 600 & echo waiting; wait", timeout=0.5)
    assert caught.value.reason is Reason.TIMED_OUT
    assert time.monotonic() - started < 120


@pytest.mark.parametrize("rest", ["", "; sleep 600"])
def test_what_a_program_leaves_running_keeps_nobody_waiting(rest: str) -> None:
    started = time.monotonic()
    try:
        assert run("sh", "-c", f"setsid sleep 100 & echo started{rest}", timeout=5) == "started"
    except ToolError as error:
        assert (error.reason, error.lines) == (Reason.TIMED_OUT, ("started",))
    assert time.monotonic() - started < 60


def test_what_a_program_says_in_the_moment_of_its_end_is_heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go = tmp_path / "go"

    class Late(selectors.DefaultSelector):
        """The program speaks and ends after the selector has given up, before we go on."""

        def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
            found = super().select(timeout)
            if not found and not go.exists():
                go.touch()
                os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
            return found

    monkeypatch.setattr(selectors, "DefaultSelector", Late)
    assert run("sh", "-c", f"until [ -e {go} ]; do sleep 0.05; done; echo last words") == "last words"


def test_a_program_that_somebody_killed_is_told_as_such() -> None:
    with pytest.raises(ToolError, match="sh was killed from outside: half done") as caught:
        run("sh", "-c", "echo half done; kill -9 $$")
    assert caught.value.reason is Reason.TOOL_FAILED


def test_a_quiet_program_that_fails_shows_its_last_lines(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ToolError):
        run("sh", "-c", "echo the reason; exit 1", quiet=True)
    assert capsys.readouterr().err == "the reason\n"


def test_input_is_fed_to_the_program() -> None:
    assert run("tr", "a-z", "A-Z", stdin="abc") == "ABC"
