"""Would a Job find its volumes, a node and room in the namespace's quotas? Asked before it is created."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Final

from airship_images.api.airshipimage import Resources
from airship_images.api.quantity import amount
from airship_images.api.reasons import Reason
from airship_images.plan.actions import RemoveArtifacts, StartBuild
from airship_images.plan.room import Quota, Room
from airship_images.plan.state import State
from airship_images.spec import Prepared
from airship_images.spec.disk_sizes import capacity_bytes

HELD_BACK: Final = frozenset(
    {Reason.CLAIM_NOT_FOUND, Reason.CLAIM_TOO_SMALL, Reason.NO_SUITABLE_NODE, Reason.QUOTA_EXCEEDED}
)
"""Reasons for which a Job is not created: none is a build that failed."""
FRESH: Final = timedelta(seconds=15)
"""Age up to which what is known is enough to hold a Job back; to start one, any is."""
ONE_OF_EACH: Final[Mapping[str, Decimal]] = {
    "count/jobs.batch": Decimal(1), "count/pods": Decimal(1), "pods": Decimal(1)
}  # fmt: skip


@dataclass(frozen=True)
class Obstacle:
    """Why a Job is not created now; BUILD_PENDING while it is only an old look that says so."""

    reason: Reason
    message: str
    passes: bool
    """May it go away without anybody's doing?"""
    room: Room | None = None
    """The room that has it; None where that was looked at too long ago."""


def obstacle(state: State, job: StartBuild | RemoveArtifacts, *, told_by: str | None) -> Obstacle | None:
    """What is in the way of the Job; None when nothing is known to be.

    It is looked at again as soon as something of it has changed. What cannot be known holds nothing back: the Job's own
    failure tells then. `told_by` is the condition that has told of it, if it was told before.
    """
    room = state.room
    found = None if room is None else next(_objections(state, job, room), None)
    if room is None or found is None:
        return None
    message = f"Job {job.name}: {found.message}"
    fresh = room if state.age(room.at) <= FRESH else None
    if fresh is None and not _is_told(state, found.reason, told_by):
        return Obstacle(Reason.BUILD_PENDING, f"{message}; looking whether that is still so", passes=True)
    return replace(found, message=message, room=fresh)


def _is_told(state: State, reason: Reason, told_by: str | None) -> bool:
    return any(each.type == told_by and each.reason == reason for each in state.status.conditions)


def _objections(state: State, job: StartBuild | RemoveArtifacts, room: Room) -> Iterator[Obstacle]:
    for claim, use, needed in _claims(state, job):
        yield from _of_claim(room, claim, use, needed)
    wanted = job.node_selector.items()
    if room.nodes and not any(wanted <= labels.items() for labels in room.nodes):  # no node at all may be yet to come
        labels = ", ".join(f"{name}={value}" for name, value in sorted(wanted))
        message = f"no node of {len(room.nodes)} has the labels {labels}"
        yield Obstacle(Reason.NO_SUITABLE_NODE, message, passes=False)
    resources = job.resources or state.policy.resources
    needs = _needs(resources)
    for quota in room.quotas:
        if quota.counts(is_sized=_is_sized(resources)):
            yield from _of_quota(quota, needs)


def _claims(state: State, job: StartBuild | RemoveArtifacts) -> Iterator[tuple[str, str, int]]:
    """The claims of the Job's volumes, what each is for, and the bytes that it must hold at least."""
    if isinstance(job, RemoveArtifacts):
        yield job.output_claim, "the artifacts that are to be removed", 0
        return
    if state.policy.cache_claim:
        yield state.policy.cache_claim, "the cache", 0
    if job.build_hash is not None and job.output_claim is not None:
        size = state.status.image.size if state.status.image else 0
        yield job.output_claim, "the published image", _raw_size(state) or size


def _raw_size(state: State) -> int | None:
    """Bytes of an image that is as long as its disk."""
    if not isinstance(state.inputs, Prepared) or state.inputs.image.spec.image.type != "raw":
        return None
    storage = state.inputs.node.spec.storage
    return capacity_bytes(storage.qcow_capacity) if storage and storage.qcow_capacity else None


def _of_claim(room: Room, claim: str, use: str, needed: int) -> Iterator[Obstacle]:
    """How much of it is free, only the kubelet of a node that has it mounted knows."""
    if room.claims is None:
        return
    if claim not in room.claims:
        message = f"there is no PersistentVolumeClaim {claim}, which is for {use}"
        yield Obstacle(Reason.CLAIM_NOT_FOUND, message, passes=False)
        return
    capacity = room.claims[claim]
    if capacity is not None and capacity < needed:
        message = f"PersistentVolumeClaim {claim} has {capacity} bytes, and {use} needs {needed}"
        yield Obstacle(Reason.CLAIM_TOO_SMALL, message, passes=False)


def _needs(resources: Resources) -> Mapping[str, Decimal]:
    """What quotas count of one Job: its containers run one after the other, and each may use as much."""
    limits = resources.limits or {}
    requests = {**limits, **(resources.requests or {})}  # a limit is a request where nothing else is said
    return {
        **ONE_OF_EACH,
        **{name: amount(value) for name, value in requests.items()},
        **{f"requests.{name}": amount(value) for name, value in requests.items()},
        **{f"limits.{name}": amount(value) for name, value in limits.items()},
    }


def _is_sized(resources: Resources) -> bool:
    """Does it ask for processor or memory? Only then is the pod's class of service known: a LimitRange may add some."""
    asked = {**(resources.limits or {}), **(resources.requests or {})}
    return any(amount(asked.get(name, "0")) > 0 for name in ("cpu", "memory"))


def _of_quota(quota: Quota, needs: Mapping[str, Decimal]) -> Iterator[Obstacle]:
    for name, limit in sorted(quota.limits.items()):
        needed = needs.get(name, Decimal(0))
        if needed > 0 and limit.used + needed > limit.hard:
            allowed = f"ResourceQuota {quota.name} allows {name} {limit.hard:f}, of which {limit.used:f} is used"
            message = f"{allowed}, and it needs {needed:f}"
            yield Obstacle(Reason.QUOTA_EXCEEDED, message, passes=needed <= limit.hard)
