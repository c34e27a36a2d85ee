"""Which builds may start now, and who is next, where only so many may run at once? Fair between namespaces."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from airship_images.plan.actions import JobKind


@dataclass(frozen=True)
class Limits:
    """How many build Jobs may run at once; None is without limit."""

    total: int | None = None
    per_namespace: int | None = None

    @property
    def any(self) -> bool:
        """Is there a limit at all?"""
        return self.total is not None or self.per_namespace is not None


@dataclass(frozen=True)
class Waiter:
    """A Job that is to be started, since when: images that share a root filesystem wait together."""

    namespace: str
    job: str
    kind: JobKind
    since: datetime


@dataclass(frozen=True)
class Turn:
    """The place in the line of a Job that may not start yet."""

    position: int
    """From 1."""
    waiting: int
    running: int


@dataclass(frozen=True)
class Line:
    """Who may start, and the others in the order in which they will."""

    admitted: tuple[Waiter, ...]
    waiting: tuple[Waiter, ...]


def arrange(waiters: Iterable[Waiter], running: Mapping[str, int], turns: Mapping[str, int], limits: Limits) -> Line:
    """Those who may start beside `running` (Jobs by namespace), and the rest.

    The namespace with the fewest Jobs comes first, of several the one that was let in longest ago: `turns` numbers the
    last time of each. In it come images whose root filesystem is made, then who waits longest.
    """

    def rank(each: tuple[int, Waiter]) -> tuple[int, int, datetime, str]:
        load, waiter = each
        return load, turns.get(waiter.namespace, 0), waiter.since, waiter.namespace

    by_load = sorted(_loads(waiters, running), key=rank)
    free = None if limits.total is None else limits.total - sum(running.values())
    admitted: list[Waiter] = []
    waiting: list[Waiter] = []
    for load, waiter in by_load:
        crowded = limits.per_namespace is not None and load >= limits.per_namespace
        full = free is not None and len(admitted) >= free
        (waiting if crowded or full else admitted).append(waiter)
    return Line(tuple(admitted), tuple(waiting))


def _loads(waiters: Iterable[Waiter], running: Mapping[str, int]) -> Iterable[tuple[int, Waiter]]:
    """Each with the number of Jobs that its namespace has when its turn comes."""
    by_namespace: dict[str, list[Waiter]] = defaultdict(list)
    for waiter in waiters:
        by_namespace[waiter.namespace].append(waiter)
    for namespace, own in by_namespace.items():
        own.sort(key=lambda each: (each.kind == "rootfs", each.since, each.job))
        yield from enumerate(own, start=running.get(namespace, 0))
