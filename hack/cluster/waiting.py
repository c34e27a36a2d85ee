"""Wait for a condition, or try what may fail by chance again, always for a bounded time."""

import random
import time
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from hack.cluster.commands import say
from hack.cluster.errors import ClusterError

Result = TypeVar("Result")

FIRST_PAUSE: Final = 0.05
LONGEST_PAUSE: Final = 1.0
PAUSES: Final = (2.0, 8.0, 32.0)
"""Seconds after which what failed is tried again."""


def until(condition: Callable[[], bool], what: str, timeout: float, explain: Callable[[], str]) -> None:
    """Return when `condition` holds; after `timeout` seconds ClusterError with `what` and what `explain` says."""
    deadline = time.monotonic() + timeout
    pause = FIRST_PAUSE
    while not condition():
        if time.monotonic() > deadline:
            raise ClusterError(f"{what}: not ready after {timeout:.0f} s; see {explain()}")
        time.sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311  (jitter)
        pause = min(pause * 1.5, LONGEST_PAUSE)


def tried(attempt: Callable[[], Result], pauses: Sequence[float] = PAUSES) -> Result:
    """What the attempt gives, made again after each of `pauses` while it fails; ClusterError of the last one."""
    for pause in pauses:
        try:
            return attempt()
        except ClusterError as error:
            seconds = pause * random.uniform(0.8, 1.2)  # noqa: S311  (jitter)
            say(f"{error}\ntrying again in {seconds:.0f} s")
            time.sleep(seconds)
    return attempt()
