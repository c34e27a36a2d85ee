"""Which task of an Ansible playbook failed, and what did it say?"""

import json
import re
from typing import Final

from airship_builder.run import ToolError
from airship_images.api.errors import InputError, OutsideError
from airship_images.api.reasons import Reason

_TASK: Final = re.compile(r"^TASK \[(?P<name>.+?)\] \*", re.MULTILINE)
_FATAL: Final = re.compile(
    r"^(?:fatal: \[\S+\]: FAILED!|failed: \[\S+\] \(item=.*?\)) => (?P<result>\{.*\})$", re.MULTILINE
)
_SHOWN: Final = 200  # characters of what a command of the task said


def failed_task(error: ToolError, expected: str) -> Exception:
    """The task's name and message, which the last lines of Ansible's output hold, or the task in which it was ended."""
    text = "\n".join(error.lines)
    tasks = _TASK.findall(text)
    fatal = _FATAL.search(text)
    if tasks and error.reason is not Reason.TOOL_FAILED:
        return OutsideError(f"task {tasks[-1]!r}: {error.message}", reason=error.reason)
    if not tasks or fatal is None:
        return error
    result = json.loads(fatal["result"])
    said = (result.get("msg", "failed without a message"), result.get("stderr") or result.get("stdout") or "")
    message = ": ".join(str(part).strip()[-_SHOWN:] for part in said if part)
    return InputError(f"task {tasks[-1]!r}", message, expected, reason=Reason.CONFIGURE_FAILED)
