"""What do the URLs of artifacts give? Read beside the plans, since it takes seconds, and once for all who ask."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Final

from airship_images.cluster.served import check_url
from airship_images.cluster.store import Store
from airship_images.cluster.table import Key
from airship_images.plan.actions import CheckURL
from airship_images.plan.state import Check

AT_ONCE: Final = 2
"""Artifacts read at the same time: each is hundreds of megabytes."""


class Checks:
    """Reads each artifact once at a time; what came of it is in the store."""

    def __init__(self, store: Store, clock: Callable[[], datetime], checked: Callable[[Key], None]) -> None:
        """`checked` hears of each image that has asked, once its answer is there."""
        self._store = store
        self._clock = clock
        self._checked = checked
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._waiting: dict[tuple[str, str], set[Key]] = {}
        """The images that wait for each artifact that is read now."""
        self._tasks: set[asyncio.Task[None]] = set()

    def ask(self, action: CheckURL, image: Key) -> None:
        """Read it for this image, or let it wait with those that have asked for the same."""
        asked = (action.url, action.digest)
        if asked in self._waiting:
            self._waiting[asked].add(image)
            return
        self._waiting[asked] = {image}
        task = asyncio.create_task(self._read(action))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _read(self, action: CheckURL) -> None:
        asked = (action.url, action.digest)
        try:
            async with self._slots:
                served = await check_url(action)
        finally:
            waiting = self._waiting.pop(asked)
        former = self._store.checks.get(asked)
        failures = 0 if served.reason is None else 1 + (former.failures if former else 0)
        self._store.checks[asked] = Check(self._clock(), served, failures)
        for image in waiting:
            self._checked(image)
