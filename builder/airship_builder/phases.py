"""The phases of a build, in the order in which they run."""

from collections.abc import Callable, Mapping
from typing import Final

from airship_builder.boot import boot
from airship_builder.commit import commit
from airship_builder.configure import configure
from airship_builder.disk import disk
from airship_builder.fetch import fetch
from airship_builder.fetchimage import fetch_image
from airship_builder.handover import hand_over
from airship_builder.job import Job
from airship_builder.publish import publish
from airship_builder.resolve import resolve
from airship_builder.rootfs import rootfs
from airship_builder.takein import take_in
from airship_images.api.build import BuildPhase, BuildResult, CacheLookup, Resolution, Verification

PhaseResult = BuildResult | CacheLookup | Resolution | Verification
"""What a phase may leave for the operator to read."""

PHASES: Final[Mapping[BuildPhase, Callable[[Job], PhaseResult | None]]] = {
    "resolve": resolve,
    "fetch": fetch,
    "rootfs": rootfs,
    "commit": commit,
    "disk": disk,
    "configure": configure,
    "fetch-image": fetch_image,
    "hand-over": hand_over,
    "take-in": take_in,
    "boot": boot,
    "publish": publish,
}

FIRST: Final[frozenset[BuildPhase]] = frozenset({"resolve", "fetch", "disk", "fetch-image", "hand-over"})
"""Those that a Job begins with."""

STORING: Final[frozenset[BuildPhase]] = frozenset({"fetch", "commit", "disk", "fetch-image"})
"""Those that write to the cache, and leave it tidy."""
