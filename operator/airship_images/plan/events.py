"""What has happened that a person would want to read in `kubectl describe`? Told once, when status moves."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from airship_images.api.reasons import Reason
from airship_images.api.status import AirshipImageStatus, Condition
from airship_images.plan.texts import sentence


@dataclass(frozen=True)
class Event:
    """One event about the image; the same one twice is one."""

    type: Literal["Normal", "Warning"]
    reason: str
    message: str


def events(
    before: AirshipImageStatus, after: AirshipImageStatus, *, stopped: Sequence[str], rebuilt: str | None
) -> tuple[Event, ...]:
    """What there is to tell; `stopped` are the Jobs that a newer spec ends, `rebuilt` is why one starts again."""
    return (
        *(Event("Normal", Reason.SUPERSEDED, f"Job {name} is stopped: a newer spec is built") for name in stopped),
        *((Event("Normal", Reason.BUILDING, rebuilt),) if rebuilt else ()),
        *_transitions(before, after),
    )


def _transitions(before: AirshipImageStatus, after: AirshipImageStatus) -> Iterator[Event]:
    stalled, former = _condition(after, "Stalled"), _condition(before, "Stalled")
    if stalled is not None and (former is None or (former.reason, former.message) != (stalled.reason, stalled.message)):
        yield Event("Warning", stalled.reason, stalled.message)
    build = after.build
    if build is not None and build.next_try_at is not None and build.reason is not None and _is_new(before, after):
        yield Event("Warning", build.reason, sentence(f"{build.message} (try {build.attempt}, repeated)"))
    if after.image is not None and (before.image is None or before.image.build_hash != after.image.build_hash):
        yield Event("Normal", Reason.PUBLISHED, f"{after.image.digest} is published at {after.image.url}")


def _is_new(before: AirshipImageStatus, after: AirshipImageStatus) -> bool:
    """Is this failure another one than status told of?"""
    if before.build is None or after.build is None or before.build_hash != after.build_hash:
        return True
    return (before.build.attempt, before.build.reason) != (after.build.attempt, after.build.reason)


def _condition(status: AirshipImageStatus, kind: str) -> Condition | None:
    return next((each for each in status.conditions if each.type == kind), None)
