"""Does the operator still hear and work? A watch may die without a word, and a worker may hang."""

import time
from collections.abc import Callable
from typing import Final

from airship_images.cluster.store import Store
from airship_images.cluster.table import Key

HEARD_WITHIN: Final = 60.0
"""Seconds within which the watch tells of what a list has shown."""
STUCK_AFTER: Final = 300.0
"""Seconds after which a look at one image hangs: every request has a time limit far below."""


class Watchdog:
    """Told when a worker begins and ends a look; asked by the probes."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._busy: dict[Key, float] = {}

    def begins(self, key: Key) -> None:
        """A worker looks at this image."""
        self._busy[key] = self._clock()

    def ends(self, key: Key) -> None:
        """It is through with it."""
        self._busy.pop(key, None)

    def complaint(self) -> str | None:
        """What is wrong with this process; None when all is well."""
        now = self._clock()
        stuck = ["/".join(key) for key, since in self._busy.items() if now - since > STUCK_AFTER]
        if stuck:
            return f"a worker hangs at {', '.join(stuck[:3])}"
        deaf = [name for name, table in self._store.watched.items() if table.is_behind(now - HEARD_WITHIN)]
        return f"the watch of {', '.join(deaf)} is dead" if deaf else None
