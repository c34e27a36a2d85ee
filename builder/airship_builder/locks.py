"""How do builds that share a folder keep out of each other's way? By flock(2): held by a process, and gone with it.

Pods on one node see each other's locks on a volume, and so do nodes that mount it over NFS. A lock file may be removed
by who holds it alone: whoever waited for it meanwhile notices, and takes the one that is there now.
"""

import fcntl
import os
import random
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from airship_images.api.errors import OutsideError
from airship_images.api.reasons import Reason

_TICK: Final = 0.1  # seconds between two looks, doubled up to _LONGEST_TICK
_LONGEST_TICK: Final = 2.0


class Lock:
    """A lock that is held until `release`, or until this process ends."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def release(self) -> None:
        """Let others have it."""
        os.close(self._descriptor)

    def is_of(self, path: Path) -> bool:
        """Is the file at `path` the one that is locked?"""
        try:
            return os.path.samestat(os.fstat(self._descriptor), path.stat())
        except FileNotFoundError:
            return False


def alone(path: Path, patience: float, waiting: Callable[[], None]) -> Lock:
    """Hold `path`, made when it is not there, as the only one; `waiting` is called once when somebody else has it.

    Raises OutsideError when it is not free within `patience` seconds.
    """
    return _wait(path, partial(_try, path, os.O_RDWR | os.O_CREAT, fcntl.LOCK_EX), patience, waiting)


def alone_if_free(path: Path) -> Lock | None:
    """Hold `path` as the only one; None when it is not there, or somebody else holds it."""
    return _try(path, os.O_RDWR, fcntl.LOCK_EX)


def together(path: Path) -> Lock | None:
    """Hold `path` beside others who do the same; None when it is not there or somebody is about to remove it.

    Needs no right to write.
    """
    return _try(path, os.O_RDONLY, fcntl.LOCK_SH)


def together_when_free(path: Path, patience: float, waiting: Callable[[], None]) -> Lock:
    """Hold `path`, which is there, as `together` does; waits and raises as `alone` does."""
    return _wait(path, partial(together, path), patience, waiting)


def _wait(path: Path, take: Callable[[], Lock | None], patience: float, waiting: Callable[[], None]) -> Lock:
    deadline, tick = time.monotonic() + patience, _TICK
    while (lock := take()) is None:
        if time.monotonic() > deadline:
            message = f"another process has held {path} for {patience:.0f} s"
            raise OutsideError(message, reason=Reason.TIMED_OUT)
        if tick == _TICK:
            waiting()
        time.sleep(tick * random.uniform(0.5, 1))  # noqa: S311  (jitter)
        tick = min(2 * tick, _LONGEST_TICK)
    return lock


def _try(path: Path, flags: int, kind: int) -> Lock | None:
    try:
        descriptor = os.open(path, flags | os.O_CLOEXEC, 0o644)
    except FileNotFoundError:
        return None
    lock = Lock(descriptor)
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.release()
        return None
    if lock.is_of(path):
        return lock
    lock.release()
    return None
