"""Which hosts are taken next? The canary first, then as many as there are free slots; those that hold nothing first."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from airship_images.api.reasons import Reason
from airship_images.plan.eligibility import Objection
from airship_images.plan.fleet import Fleet
from airship_images.plan.hosts import HOLDS_NOTHING, Host
from airship_images.plan.standing import Assessment, Standing

PERCENT: Final = 100
TOOK: Final = frozenset({Standing.UPDATED, Standing.UPDATING, Standing.FAILED})
"""Standings of hosts that have the image, or were given it."""


@dataclass(frozen=True)
class Limits:
    """What the image allows at once."""

    max_unavailable: int
    canary: int
    """Hosts that must run it and be trusted before any other is taken."""

    @classmethod
    def of(cls, max_unavailable: int | str | None, canary: int | None, selected: int) -> "Limits":
        """The limits for `selected` hosts; a percentage is rounded down, and at least one host may be unavailable."""
        return cls(slots(max_unavailable, selected), min(canary or 0, selected))


def slots(max_unavailable: int | str | None, selected: int) -> int:
    """How many of the selected hosts may be unavailable at once; unset: one."""
    if isinstance(max_unavailable, str):
        return max(selected * int(max_unavailable.removesuffix("%")) // PERCENT, 1)
    return max_unavailable or 1


def is_proven(fleet: Fleet, limits: Limits) -> bool:
    """Do as many hosts as the canary has run the image and deserve trust?"""
    return len(fleet.trusted) >= limits.canary


def next_hosts(fleet: Fleet, limits: Limits, refusals: Mapping[str, Objection]) -> tuple[Host, ...]:
    """The hosts to patch now: those that have their slot already, for they wait for a former image, and one for each
    free slot; no more than the canary until it has proven the image.
    """
    eligible = sorted(fleet.assessments_of(Standing.ELIGIBLE), key=lambda each: _order(each, refusals))
    waiting = [each for each in eligible if not each.uses_slot]
    free = max(limits.max_unavailable - len(fleet.unavailable) - fleet.others_in_flight, 0)
    chosen = [*(each for each in eligible if each.uses_slot), *waiting[:free]]
    chosen.sort(key=lambda each: _order(each, refusals))
    if not is_proven(fleet, limits):
        chosen = chosen[: max(limits.canary - _tried(fleet), 0)]
    return tuple(each.host for each in chosen)


def _tried(fleet: Fleet) -> int:
    """Hosts that count for the canary: all that may have the image, but failures that a person has accepted."""
    return sum((each.standing in TOOK or each.may_have_it) and not each.accepted for each in fleet.assessments)


def _order(each: Assessment, refusals: Mapping[str, Objection]) -> tuple[int, bool, bool, str]:
    """A host whose patch may have got through unseen keeps its place; one that was refused lets the others pass."""
    refusal = refusals.get(each.host.name)
    place = 1 if refusal is None else 0 if refusal.reason is Reason.HOST_API_UNAVAILABLE else 2
    return place, not each.uses_slot, each.host.state not in HOLDS_NOTHING, each.host.name
