"""Wait for a condition, always for a bounded time."""

import random
import time
from collections.abc import Callable
from typing import Final

from hack.cluster.errors import ClusterError

FIRST_PAUSE: Final = 0.05
LONGEST_PAUSE: Final = 1.0


def until(condition: Callable[[], bool], what: str, timeout: float, explain: Callable[[], str]) -> None:
    """Return when `condition` holds; after `timeout` seconds ClusterError with `what` and what `explain` says."""
    deadline = time.monotonic() + timeout
    pause = FIRST_PAUSE
    while not condition():
        if time.monotonic() > deadline:
            raise ClusterError(f"{what}: not ready after {timeout:.0f} s; see {explain()}")
        time.sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311  (jitter)
        pause = min(pause * 1.5, LONGEST_PAUSE)
