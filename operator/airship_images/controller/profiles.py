"""Who keeps the status of the profiles? One worker of its own: no image waits for it."""

from collections.abc import Callable
from typing import Final

from airship_images.cluster.profiles import Profiles
from airship_images.cluster.store import Key
from airship_images.controller.attempt import LostLeaseError, attempt
from airship_images.controller.queue import Queue

USERS_AFTER: Final = 15.0
"""Seconds after which a change of who uses a profile is told: hundreds of images may come at once."""


class ProfileWorker:
    """Takes profiles from a queue for ever."""

    def __init__(self, queue: Queue, profiles: Profiles, may_write: Callable[[], bool]) -> None:
        self._queue = queue
        self._profiles = profiles
        self._may_write = may_write

    async def work(self) -> None:
        """Raises LostLeaseError when we may not write any more."""
        while True:
            key = await self._queue.get()
            try:
                await attempt(self._queue, key, self._look)
            finally:
                self._queue.done(key)

    async def _look(self, key: Key) -> None:
        if not self._may_write():
            raise LostLeaseError("the Lease was not renewed in time: another operator may lead")
        await self._profiles.look(key)
