"""What has happened that a person would want to read in `kubectl describe`? Told once, when status moves."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from airship_images.api.reasons import Reason
from airship_images.api.status import AirshipImageStatus, Condition
from airship_images.plan.catalogue import UNNAMED
from airship_images.plan.milestones import newly_failed, newly_published
from airship_images.plan.texts import sentence

STOPS: Final = frozenset({Reason.CANARY_FAILED, Reason.MAX_FAILURES, Reason.URL_REUSED, Reason.CONFLICT})
"""Reasons why a rollout needs a person."""
TOLD: Final = STOPS | {Reason.AWAITING_APPROVAL, Reason.ROLLED_OUT}


@dataclass(frozen=True)
class HostReference:
    """The BareMetalHost that an event is about."""

    name: str
    uid: str


@dataclass(frozen=True)
class Event:
    """One event about the image, or about one of its hosts; the same one twice is one."""

    type: Literal["Normal", "Warning"]
    reason: str
    message: str
    host: HostReference | None = None


def events(
    before: AirshipImageStatus, after: AirshipImageStatus, *, stopped: Sequence[str], rebuilt: str | None
) -> tuple[Event, ...]:
    """What there is to tell; `stopped` are the Jobs that a newer spec ends, `rebuilt` is why one starts again."""
    return (
        *(Event("Normal", Reason.SUPERSEDED, f"Job {name} is stopped: a newer spec is built") for name in stopped),
        *((Event("Normal", Reason.BUILDING, rebuilt),) if rebuilt else ()),
        *_transitions(before, after),
        *_retired(before, after),
        *_blocked(before, after),
    )


def _transitions(before: AirshipImageStatus, after: AirshipImageStatus) -> Iterator[Event]:
    stalled, former = _condition(after, "Stalled"), _condition(before, "Stalled")
    if stalled is not None and (former is None or (former.reason, former.message) != (stalled.reason, stalled.message)):
        yield Event("Warning", stalled.reason, stalled.message)
    failed = newly_failed(before, after)
    if failed is not None and failed.reason is not None and failed.next_try_at is not None:
        yield Event("Warning", failed.reason, sentence(f"{failed.message} (try {failed.attempt}, repeated)"))
    published = newly_published(before, after)
    if published is not None:
        yield Event("Normal", Reason.PUBLISHED, f"{published.digest} is published at {published.url}")
    rolled, former = _condition(after, "RolledOut"), _condition(before, "RolledOut")
    if rolled is not None and rolled.reason in TOLD and (former is None or former.reason != rolled.reason):
        yield Event("Warning" if rolled.reason in STOPS else "Normal", rolled.reason, rolled.message)


def _retired(before: AirshipImageStatus, after: AirshipImageStatus) -> Iterator[Event]:
    former = {each.digest: each for each in before.history}
    for entry in after.history:
        if entry.withdrawn_at and entry.digest in former and former[entry.digest].withdrawn_at is None:
            yield Event(
                "Normal", Reason.WITHDRAWN, f"{entry.digest} is withdrawn, and removed later if nothing names it"
            )
    left = {each.digest for each in after.history}
    for entry in before.history:
        if entry.withdrawn_at and entry.digest not in left:
            yield Event("Normal", Reason.REMOVED, f"{entry.digest} is removed from the store")


def _blocked(before: AirshipImageStatus, after: AirshipImageStatus) -> Iterator[Event]:
    """What goes on beside the image, and is in need of a person."""
    for kind in ("RetentionBlocked", UNNAMED):
        blocked, told = _condition(after, kind), _condition(before, kind)
        if blocked is not None and (told is None or told.message != blocked.message):
            yield Event("Warning", blocked.reason, blocked.message)


def _condition(status: AirshipImageStatus, kind: str) -> Condition | None:
    return next((each for each in status.conditions if each.type == kind), None)
