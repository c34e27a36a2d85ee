"""Who keeps the status of the profiles? One worker of its own: no image waits for it."""

from typing import Final

from airship_images.cluster.profiles import Profiles
from airship_images.controller.attempt import attempt
from airship_images.controller.queue import Queue

USERS_AFTER: Final = 15.0
"""Seconds after which a change of who uses a profile is told: hundreds of images may come at once."""


class ProfileWorker:
    """Takes profiles from a queue for ever."""

    def __init__(self, queue: Queue, profiles: Profiles) -> None:
        self._queue = queue
        self._profiles = profiles

    async def work(self) -> None:
        """Raises LostLeaseError when we may not write any more."""
        while True:
            key = await self._queue.get()
            try:
                await attempt(self._queue, key, self._profiles.look)
            finally:
                self._queue.done(key)
