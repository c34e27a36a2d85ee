"""What can a plan ask to be done? Each action may be applied twice, and the process may die between any two."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from airship_images.api.airshipimage import Resources
from airship_images.plan.host_patch import PatchHost
from airship_images.plan.room import Room

JobKind = Literal["refresh", "rootfs", "image", "airship-v1", "source", "prune"]


@dataclass(frozen=True)
class CreateInputs:
    """Store the rendered inputs of the Job of the same name: file name → text."""

    kind: JobKind
    name: str
    rootfs_hash: str
    """Empty for what was built elsewhere."""
    build_hash: str | None
    files: Mapping[str, str]


@dataclass(frozen=True)
class UpstreamBuilder:
    """An image that honours the contract of Airship's builder, and what it is told in its environment."""

    image: str
    type: Literal["qcow", "iso"]
    user_data_file: str
    network_config_file: str


@dataclass(frozen=True)
class StartBuild:
    """Create the Job `name`, whose inputs are stored under the same name."""

    kind: JobKind
    name: str
    rootfs_hash: str
    """Empty for what was built elsewhere."""
    build_hash: str | None
    attempt: int
    builder_image: str
    """Of the phases that are ours."""
    v1: UpstreamBuilder | None
    """The builder of the phase airship-v1; None for our own engine."""
    timeout: timedelta
    keep_finished: timedelta
    """After its end it is there for so long."""
    resources: Resources | None
    node_selector: Mapping[str, str]
    output_claim: str | None
    """None: nothing comes of it that would be published."""
    secret_names: tuple[str, ...]
    pull_secret_names: tuple[str, ...]
    verify_boot: bool


@dataclass(frozen=True)
class DeleteJob:
    """Delete this one Job, so that the next try may take its name."""

    name: str
    uid: str


@dataclass(frozen=True)
class CheckURL:
    """Fetch the artifact once and compare its length (bytes) and its digest (sha256:<64 hex digits>)."""

    url: str
    size: int | None
    """None: built elsewhere, it is as long as its server says."""
    digest: str
    ends: str | None = None
    """What its first and last bytes were when all of them were right: then only these are fetched again."""


@dataclass(frozen=True)
class FindReferences:
    """List all that may refer to an artifact, and note which digests are named."""


@dataclass(frozen=True)
class RemoveArtifacts:
    """Create the Job `name`, which removes `digests` (64 hex digits each) after another look at each."""

    name: str
    image: str
    digests: tuple[str, ...]
    before: str
    """RFC 3339: what is published again later than this stays."""
    builder_image: str
    output_claim: str
    resources: Resources | None
    node_selector: Mapping[str, str]


@dataclass(frozen=True)
class SetFinalizer:
    """Have our finalizer on the image, beside those of others, or not."""

    present: bool


@dataclass(frozen=True)
class WatchRoom:
    """The image's Job is held back: look again at claims, quotas and nodes, and at the image once they have changed."""

    room: Room | None
    """What it is held back for; None: that is too old, and any look is news."""


Action = (
    CreateInputs
    | StartBuild
    | DeleteJob
    | CheckURL
    | PatchHost
    | FindReferences
    | RemoveArtifacts
    | SetFinalizer
    | WatchRoom
)
