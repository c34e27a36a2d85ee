"""What is known of the place where Jobs would run: the volumes' claims, the quotas, and the nodes' labels?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True)
class Limit:
    """How much of something a quota allows, and how much of it is taken."""

    hard: Decimal
    used: Decimal


@dataclass(frozen=True)
class Quota:
    """A ResourceQuota of one namespace."""

    name: str
    limits: Mapping[str, Limit]
    """By what is limited, as Kubernetes spells it: count/jobs.batch, requests.memory."""
    scopes: frozenset[str] = frozenset()
    """Which pods alone it counts, as Kubernetes spells it; those that have all of them."""

    def counts(self, *, is_sized: bool) -> bool:
        """Does it count the pods of our Jobs for certain? `is_sized`: they ask for processor or memory.

        It is the Jobs that have a deadline, and not their pods. A priority may be given to them by default, and so may
        a size.
        """
        ours = {"NotTerminating", "NotBestEffort"} if is_sized else {"NotTerminating"}
        return self.scopes <= ours


@dataclass(frozen=True)
class Room:
    """What is known of one namespace, and as of when; None where it may not be asked."""

    at: datetime
    claims: Mapping[str, int | None] | None = None
    """Bytes by the name of each PersistentVolumeClaim; None: one that has no volume yet."""
    quotas: tuple[Quota, ...] = ()
    nodes: tuple[Mapping[str, str], ...] | None = None
    """The labels of each node."""

    def tells_the_same(self, other: "Room | None") -> bool:
        """Is nothing in it another than in `other`, whenever that was?"""
        mine = (self.claims, self.quotas, self.nodes)
        return other is not None and mine == (other.claims, other.quotas, other.nodes)


@dataclass(frozen=True)
class Survey:
    """The same of all namespaces, from one look."""

    at: datetime
    claims: Mapping[str, Mapping[str, int | None]] | None = None
    quotas: Mapping[str, tuple[Quota, ...]] | None = None
    nodes: tuple[Mapping[str, str], ...] | None = None

    def of(self, namespace: str) -> Room:
        """What concerns this namespace."""
        claims = None if self.claims is None else self.claims.get(namespace, {})
        return Room(self.at, claims, (self.quotas or {}).get(namespace, ()), self.nodes)
