"""What does the plan know of a build Job?"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

from airship_images.api.build import (
    SHORT_HASH,
    BuildFailure,
    BuildPhase,
    BuildResult,
    Progress,
    Removal,
    Resolution,
    Verification,
)
from airship_images.api.reasons import Reason
from airship_images.plan.actions import JobKind

PHASES: Final[dict[JobKind, tuple[BuildPhase, ...]]] = {
    "refresh": ("resolve",),
    "rootfs": ("fetch", "rootfs", "commit"),
    "image": ("disk", "configure", "boot", "publish"),
    "prune": ("prune-output",),
    "airship-v1": ("hand-over", "airship-v1", "take-in", "boot", "publish"),
    "source": ("fetch-image", "boot"),
}
"""The containers of each Job, in the order in which they run."""

_ORDER: Final = get_args(BuildPhase)


@dataclass(frozen=True)
class Trouble:
    """What keeps a pod from starting, and since when."""

    reason: Reason
    message: str
    since: datetime


@dataclass(frozen=True)
class Job:
    """A build Job as it was seen last; a failed one always says why."""

    name: str
    uid: str
    attempt: int
    outcome: Literal["active", "succeeded", "failed"]
    phase: BuildPhase | None = None
    """The container that runs now or ran last; None before the first one."""
    progress: Progress | None = None
    finished: datetime | None = None
    result: BuildResult | None = None
    resolution: Resolution | None = None
    """What a Job of kind refresh has found."""
    verification: Verification | None = None
    """With what a Job of kind source has booted its image."""
    removal: Removal | None = None
    """What a Job of kind prune has removed."""
    failure: BuildFailure | None = None
    trouble: Trouble | None = None
    """Why none of its containers runs yet, where something is in their way."""
    last_lines: tuple[str, ...] = ()
    """What the container that failed wrote last, redacted; empty once status has kept it."""

    def reached(self, phase: BuildPhase) -> bool:
        """Has `phase` begun, or everything ended well?"""
        if self.outcome == "succeeded":
            return True
        here = self.failure.phase if self.failure else self.phase
        return here is not None and _ORDER.index(here) >= _ORDER.index(phase)


def rootfs_job_name(rootfs_hash: str) -> str:
    """The Job, and the ConfigMap, that make a root filesystem for every image that needs it."""
    return f"rootfs-{rootfs_hash[:SHORT_HASH]}"


def refresh_job_name(rootfs_hash: str, time: str) -> str:
    """The Job that looks for newer packages at `time`, for all images that have this root filesystem."""
    digest = hashlib.sha256(f"{rootfs_hash}/{time}".encode()).hexdigest()
    return f"refresh-{digest[:SHORT_HASH]}"


def removal_job_name(image_uid: str) -> str:
    """The one Job at a time that removes artifacts of this very image."""
    return f"prune-{hashlib.sha256(image_uid.encode()).hexdigest()[:SHORT_HASH]}"


def image_job_name(image: str, build_hash: str) -> str:
    """The Job, and the ConfigMap, of one build of one image."""
    return f"{image}-{build_hash[:SHORT_HASH]}"
