"""How does a signal end us in order? It is raised where we are, so that every `finally` runs."""

import signal
from types import FrameType
from typing import Final, NoReturn

_ENDING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(BaseException):
    """A signal asked us to end; no `except Exception` keeps it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = 128 + number


def raise_on_signals() -> None:
    """From now on ^C, SIGTERM and SIGHUP raise Interrupted, the first one only: the way out is not interrupted."""
    for number in _ENDING:
        signal.signal(number, _raise)


def _raise(number: int, _frame: FrameType | None) -> NoReturn:
    for ending in _ENDING:
        signal.signal(ending, signal.SIG_IGN)
    raise Interrupted(number)
