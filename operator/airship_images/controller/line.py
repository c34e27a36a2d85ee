"""Who waits for a free place among the builds? Kept in memory: after a restart everyone asks again."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Final

from airship_images.cluster.observe import has_ended
from airship_images.cluster.store import Store
from airship_images.cluster.table import Key
from airship_images.plan.actions import StartBuild
from airship_images.plan.line import Limits, Line, Turn, Waiter, arrange

STALE: Final = 1.0
"""Seconds for which places in a line that nobody can leave are not counted anew."""


@dataclass
class _Entry:
    """A Job that waits, and the images that it is for."""

    waiter: Waiter
    images: set[Key] = field(default_factory=set)


class WaitingLine:
    """Asked before each Job is started; wakes those whose turn has come."""

    def __init__(self, store: Store, limits: Limits, wake: Callable[[Key], None]) -> None:
        self._store = store
        self._limits = limits
        self._wake = wake
        self._entries: dict[Key, _Entry] = {}
        self._asked: dict[Key, Key] = {}
        """By image: the Job that it waits for."""
        self._granted: dict[Key, Key] = {}
        """By image: the Job that it was let start and that is not in the store yet."""
        self._numbers = count(1)
        self._turns: dict[str, int] = {}
        """By namespace: the number of the last time that one of it was let start."""
        self._line = Line((), ())
        self._places: dict[Key, int] = {}
        """By Job: its place in that line, from 1."""
        self._arranged = float("-inf")
        self._counted: tuple[int, Counter[str]] = (-1, Counter())

    def __len__(self) -> int:
        return len(self._entries)

    def running(self) -> int:
        """How many build Jobs run."""
        return self._running().total()

    def ask(self, image: Key, action: StartBuild, since: datetime) -> Turn | None:
        """Its place in the line; None when the Job may start, which then has its place until `settle`."""
        if not self._limits.any:
            return None
        job = (image[0], action.name)
        if self._asked.get(image) != job:
            self.leave(image)
        waiter = Waiter(image[0], action.name, action.kind, since)
        self._entries.setdefault(job, _Entry(waiter)).images.add(image)
        self._asked[image] = job
        line = self._arrange()
        if job in self._granted.values() or any(_key(each) == job for each in line.admitted):
            self.leave(image)
            self._granted[image] = job
            self._turns[waiter.namespace] = next(self._numbers)
            return None
        return Turn(self._places.get(job, len(self._entries)), len(self._entries), self._running().total())

    def settle(self, image: Key) -> None:
        """What was to be started is in the store now, or could not be."""
        self._granted.pop(image, None)

    def leave(self, image: Key) -> None:
        """It waits no more."""
        job = self._asked.pop(image, None)
        entry = self._entries.get(job) if job else None
        if job is None or entry is None:
            return
        entry.images.discard(image)
        if not entry.images:
            del self._entries[job]
            self._arranged = float("-inf")

    def move(self) -> None:
        """A place may be free: wake those who may take it."""
        if self._entries:
            self._arranged = float("-inf")
            for waiter in self._arrange().admitted:
                for image in tuple(self._entries[_key(waiter)].images):
                    self._wake(image)

    def _arrange(self) -> Line:
        """The line as it is now; a moment old where no place is free anyway."""
        running, now = self._running(), time.monotonic()
        full = self._limits.total is not None and running.total() >= self._limits.total
        if not full or self._line.admitted or now - self._arranged > STALE:
            waiters = (entry.waiter for entry in self._entries.values())
            self._line = arrange(waiters, running, self._turns, self._limits)
            self._places = {_key(each): place for place, each in enumerate(self._line.waiting, 1)}
            self._arranged = now
        return self._line

    def _running(self) -> Counter[str]:
        """Jobs by namespace, those about to be started among them."""
        changes, counted = self._counted
        jobs = self._store.jobs
        if changes != jobs.changes:
            counted = Counter(key[0] for key in jobs if (job := jobs.get(key)) is not None and not has_ended(job))
            self._counted = (jobs.changes, counted)
        pending = {job for job in self._granted.values() if jobs.get(job) is None}
        return counted + Counter(namespace for namespace, _ in pending)


def _key(waiter: Waiter) -> Key:
    return waiter.namespace, waiter.job
