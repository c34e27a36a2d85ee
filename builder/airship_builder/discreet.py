"""How is it made sure that no value of a Secret leaves the builder by its output, whoever said it?

Everything that a phase or a program of it says goes through our standard output or standard error, so these two hide
the values. Files that are kept, such as a console's, and the termination message do so for themselves.
"""

import io
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import TextIO

from airship_images.api.redaction import redact


@contextmanager
def discreet(hidden: Sequence[str]) -> Iterator[None]:
    """Inside of this block, standard output and standard error say none of `hidden`."""
    out, err = DiscreetStream(sys.stdout, hidden), DiscreetStream(sys.stderr, hidden)
    with redirect_stdout(out), redirect_stderr(err):
        try:
            yield
        finally:
            out.finish()
            err.finish()


class DiscreetStream(io.TextIOBase):
    """Passes whole lines on to `stream`, redacted; several threads may write."""

    def __init__(self, stream: TextIO, hidden: Sequence[str]) -> None:
        self._stream = stream
        self._hidden = hidden
        self._rest = ""
        self._alone = threading.Lock()

    def write(self, text: str) -> int:
        """Take `text`; what follows the last newline waits for its end, since a value may go on there."""
        with self._alone:
            whole, newline, self._rest = (self._rest + text).rpartition("\n")
            self._stream.write(redact(whole + newline, self._hidden))
        return len(text)

    def flush(self) -> None:
        """Flush what is whole."""
        self._stream.flush()

    def finish(self) -> None:
        """Pass on the last line, though nobody ended it."""
        with self._alone:
            self._stream.write(redact(self._rest, self._hidden))
            self._rest = ""
        self._stream.flush()
