"""What in the builder's output is progress, what is log, and what may nobody see?"""

from collections import deque
from collections.abc import Sequence
from typing import Final

from pydantic import ValidationError

from airship_images.api.build import PROGRESS_PREFIX, Progress
from airship_images.api.redaction import redact
from airship_images.cli.progress import Display

LAST_LINES: Final = 30
"""Lines of the log that are shown when a build fails."""


class BuildLog:
    """Takes the builder's lines and shows them without the values in `hidden`: progress always, log if `verbose`."""

    def __init__(self, display: Display, hidden: Sequence[str], *, verbose: bool) -> None:
        self._display = display
        self._hidden = hidden
        self._verbose = verbose
        self._last: deque[str] = deque(maxlen=LAST_LINES)

    def take(self, line: str) -> None:
        """Sort one line of output."""
        progress = _progress(line)
        if progress is not None:
            message = redact(progress.message, self._hidden)
            self._display.show(progress.model_copy(update={"message": message}))
            return
        text = redact(line, self._hidden)
        self._last.append(text)
        if self._verbose:
            self._display.say(text)

    def show_last(self) -> None:
        """Show the end of the log, unless it was shown as it came."""
        if not self._verbose:
            for line in self._last:
                self._display.say(line)


def _progress(line: str) -> Progress | None:
    if not line.startswith(PROGRESS_PREFIX):
        return None
    try:
        return Progress.model_validate_json(line.removeprefix(PROGRESS_PREFIX))
    except ValidationError:
        return None  # a program in the build printed our prefix: its line belongs to the log
