"""Which images are to be looked at, and when? Each is in the queue once, and with one worker at a time."""

import asyncio
import time
from collections import Counter, deque
from datetime import timedelta
from typing import Final

from airship_images.cluster.table import Key
from airship_images.plan.backoff import backoff

FIRST_RETRY: Final = timedelta(seconds=0.5)
LONGEST_RETRY: Final = timedelta(minutes=5)
"""Until an image whose reconcile failed is looked at again: doubled each time, with jitter."""


class Queue:
    """Keys to work on; a key that is added while a worker has it comes again when the worker is done."""

    def __init__(self) -> None:
        self._ready: deque[Key] = deque()
        self._waiting: dict[Key, float] = {}
        """Since when, by the monotonic clock."""
        self.last_wait = 0.0
        """Seconds for which the key that was taken last had waited."""
        self._dirty: set[Key] = set()
        self._busy: set[Key] = set()
        self._timers: dict[Key, asyncio.TimerHandle] = {}
        self._failures: Counter[Key] = Counter()
        self._added = asyncio.Event()
        self._gate = asyncio.Lock()

    def __len__(self) -> int:
        return len(self._ready)

    def add(self, key: Key) -> None:
        """Look at it as soon as a worker is free."""
        if key in self._busy:
            self._dirty.add(key)
        elif key not in self._waiting:
            self._waiting[key] = time.monotonic()
            self._ready.append(key)
            self._added.set()

    def add_after(self, key: Key, seconds: float) -> None:
        """Look at it again in a while; of several such wishes the earliest counts."""
        loop = asyncio.get_running_loop()
        timer = self._timers.get(key)
        if timer is not None and timer.when() <= loop.time() + seconds:
            return
        if timer is not None:
            timer.cancel()
        self._timers[key] = loop.call_later(seconds, self._ring, key)

    def retry(self, key: Key, at_least: float = 0.0) -> float:
        """Look at it again after its backoff, which grows with each failure; gives the seconds."""
        self._failures[key] += 1
        wait = backoff(self._failures[key], "/".join(key), FIRST_RETRY, LONGEST_RETRY)
        seconds = max(wait.total_seconds(), at_least)
        self.add_after(key, seconds)
        return seconds

    def forget(self, key: Key) -> None:
        """It went well: its next failure is its first."""
        del self._failures[key]

    async def get(self) -> Key:
        """The next key, which is then busy until `done`.

        All else has its turn between two keys, the Lease and the probes above all: most looks wait for nothing, and of
        thousands of keys one would follow the other, with as many workers as many in one turn.
        """
        async with self._gate:
            await asyncio.sleep(0)
            while not self._ready:
                self._added.clear()
                await self._added.wait()
            key = self._ready.popleft()
        self.last_wait = time.monotonic() - self._waiting.pop(key)
        self._busy.add(key)
        return key

    def done(self, key: Key) -> None:
        """The worker is through with it."""
        self._busy.discard(key)
        if key in self._dirty:
            self._dirty.discard(key)
            self.add(key)

    def _ring(self, key: Key) -> None:
        del self._timers[key]
        self.add(key)
