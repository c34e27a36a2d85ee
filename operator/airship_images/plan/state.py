"""What is a plan made from: what the user wants, what the cluster holds, what the settings allow, what time it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from airship_images.api.airshipimage import AirshipImageSpec, Resources
from airship_images.api.reasons import Reason
from airship_images.api.status import AirshipImageStatus, BuildStatus, ImageStatus
from airship_images.plan.actions import JobKind
from airship_images.plan.catalogue import Unnamed
from airship_images.plan.due import Due, due
from airship_images.plan.eligibility import Claim, MachineTemplate, Objection
from airship_images.plan.hosts import Host
from airship_images.plan.jobs import Job
from airship_images.plan.line import Turn
from airship_images.plan.references import References
from airship_images.plan.room import Room
from airship_images.plan.served import Served
from airship_images.plan.standing import Standing
from airship_images.spec import Prepared, Sourced
from airship_images.spec.verification import skipped_because

LONG_AGO: Final = timedelta(days=365)
"""Longer than anything that was seen is good for."""
GATHERING: Final = timedelta(minutes=1)
"""What is seen while a state is gathered, which takes less, is from after its moment."""


@dataclass(frozen=True)
class Identity:
    """Which AirshipImage it is, and as of when it was read."""

    namespace: str
    name: str
    uid: str
    generation: int
    resource_version: str


@dataclass(frozen=True)
class Problem:
    """Why the documents make no image."""

    reason: Reason
    message: str


@dataclass(frozen=True)
class Policy:
    """What the operator's settings decide about every image."""

    builder_image: str
    allowed_images: frozenset[str]
    """Further images that spec.builder.image may name."""
    output_claim: str
    base_url: str
    airship_v1: bool = False
    """May images be built by the engine of that name?"""
    cache_claim: str = ""
    """The volume of the cache; empty where it is not known."""
    resources: Resources = field(default_factory=Resources)
    """Of each container of a build, where the image says nothing."""


@dataclass(frozen=True)
class Check:
    """When a URL was asked for its bytes, and what it answered."""

    at: datetime
    served: Served
    failures: int = 0
    """How often in a row it has answered wrongly."""


@dataclass(frozen=True)
class Fleet:
    """The hosts of the image's namespace, and who else has plans for them."""

    hosts: tuple[Host, ...] | None = None
    """None when the cluster has no BareMetalHosts, or the settings keep the operator away from them."""
    machine_templates: tuple[MachineTemplate, ...] = ()
    other_images: tuple[Claim, ...] = ()
    paused: bool = False
    resumed: str | None = None
    """When a person let the rollout go on after failures, as the image's annotation has it."""
    refusals: Mapping[str, Objection] = field(default_factory=dict)
    """By host: why it could not be written to when that was tried last."""
    seen: Mapping[str, Standing] | None = None
    """How each host stood when we looked last; after a restart, None."""


@dataclass(frozen=True)
class State:
    """One AirshipImage and all that its next step depends on."""

    now: datetime
    identity: Identity
    spec: AirshipImageSpec | None
    """None: not even the document itself is valid; `inputs` then is the Problem."""
    inputs: Prepared | Sourced | Problem
    status: AirshipImageStatus
    """As we wrote it last."""
    policy: Policy
    profiles: Mapping[str, int] = field(default_factory=dict)
    """The generation of each NodeProfile that the image names and that is there."""
    rootfs_job: Job | None = None
    image_job: Job | None = None
    ended_jobs: tuple[Job, ...] = ()
    """Jobs of builds of the image that have ended, but for the current one; known where failed ones are to be kept."""
    refresh_job: Job | None = None
    """The one that looks for newer packages for what is due."""
    refresh_requested: str | None = None
    """When somebody asked for the newest packages last."""
    former_jobs: tuple[Job, ...] = ()
    """Jobs of builds of the image that its spec does not ask for any more."""
    checks: Mapping[tuple[str, str], Check] = field(default_factory=dict)
    """By URL and digest, what artifacts answered when they were asked for last; after a restart, nothing."""
    fleet: Fleet = Fleet()
    removal_job: Job | None = None
    """The one that removes artifacts of the image."""
    references: References | None = None
    """Who names which artifacts, as was looked last; None: nobody has looked yet."""
    pins: frozenset[str] = frozenset()
    """The beginnings of the digests of artifacts that stay."""
    has_finalizer: bool = False
    deleting: bool = False
    """Was the image deleted, and waits for our finalizer?"""
    namespace_ends: bool = False
    """Is nothing created in its namespace any more, because it is deleted as a whole?"""
    outdated_crds: tuple[str, ...] = ()
    """A sentence for each CRD that lacks fields which this operator has."""
    unnamed: Unnamed | None = None
    """What the catalogue of its namespace does not name; after a restart, None."""
    room: Room | None = None
    """What is known of the place where its Jobs would run; None: nothing."""
    turn: Turn | None = None
    """The place in the line where only so many builds may run at once; None: one more may start."""

    @property
    def build_hash(self) -> str | None:
        """The build that the current spec asks for; None when it makes no image."""
        return None if isinstance(self.inputs, Problem) else self.inputs.identities.build_hash

    @property
    def published(self) -> ImageStatus | None:
        """The artifact of the current build, once status says that it is published."""
        image = self.status.image
        return image if image is not None and image.build_hash == self.build_hash else None

    @property
    def memory(self) -> BuildStatus | None:
        """What we wrote last about the current build; a build of an earlier spec is forgotten."""
        return self.status.build if self.status.build_hash == self.build_hash else None

    @property
    def due(self) -> Due | None:
        """Is it time to look for newer packages?"""
        return due(self.spec.schedule if self.spec else None, self.status.schedule, self.refresh_requested, self.now)

    def age(self, at: datetime) -> timedelta:
        """How long ago we looked; where that is yet to come, nobody knows, since the clock was set back: long ago."""
        return LONG_AGO if at - self.now > GATHERING else max(self.now - at, timedelta())

    def check_of(self, image: ImageStatus) -> Check | None:
        """What the artifact's URL answered when it was asked for just these bytes."""
        return self.checks.get((image.url, image.digest))

    @property
    def waiting_since(self) -> datetime:
        """Since when it has been waiting for a place among the builds."""
        memory = self.memory
        if memory is None or memory.queue_position is None or memory.started_at is None:
            return self.now
        return datetime.fromisoformat(memory.started_at)

    @property
    def edited(self) -> bool:
        """Has a person changed the AirshipImage, or asked for a rebuild, since status was written?

        What is in no hash may be what a build failed of, and a root filesystem that failed is the same after a request.
        """
        seen = self.status.observed_generation
        is_requested = isinstance(self.inputs, Prepared) and self.inputs.trigger != (self.status.trigger or "")
        return seen is not None and (0 < seen < self.identity.generation or is_requested)

    @property
    def suspended(self) -> bool:
        """May nothing new be started?"""
        return self.spec is not None and self.spec.suspend is True

    @property
    def base_url(self) -> str:
        """Under which URL the artifact will be served."""
        output = self.spec.output if self.spec else None
        return output.pvc.base_url if output and output.pvc else self.policy.base_url

    @property
    def output_claim(self) -> str:
        """The volume that the artifact is published to."""
        output = self.spec.output if self.spec else None
        return output.pvc.claim_name if output and output.pvc else self.policy.output_claim

    @property
    def image_kind(self) -> JobKind:
        """Which Job builds the image, with our own engine or around an upstream builder, or boots one of elsewhere."""
        if isinstance(self.inputs, Sourced):
            return "source"
        return "airship-v1" if self.spec and self.spec.builder and self.spec.builder.engine == "airship-v1" else "image"

    @property
    def verifies_boot(self) -> bool:
        """Must the image boot before it is published?"""
        return self.spec is None or skipped_because(self.spec) is None
