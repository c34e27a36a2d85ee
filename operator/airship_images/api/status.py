"""What the operator says of an image: conditions, the current plan, the artifact, its hosts and its history."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from airship_images.api.model import Document

Short = Annotated[str, StringConstraints(max_length=253)]
Sentence = Annotated[str, StringConstraints(max_length=1024)]


class Condition(Document):
    """A condition by Kubernetes' conventions (metav1.Condition)."""

    type: Short = Field(description="Ready, Reconciling, Stalled, InputsReady, Built, Verified, Published or RolledOut")
    status: Literal["True", "False", "Unknown"] = Field(description="Whether the condition holds")
    reason: Short = Field(description="Stable CamelCase word that tools may match on")
    message: Sentence = Field(description="A sentence that a person can act on")
    last_transition_time: Short = Field(description="When `status` changed last (RFC 3339)")
    observed_generation: int | None = Field(None, description="Generation of the spec that this is about")


Conditions = Annotated[
    list[Condition],
    Field(max_length=16, json_schema_extra={"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"]}),
]


class ImageStatus(Document):
    """The artifact that is published now."""

    url: Sentence = Field(description="Immutable URL of the image")
    checksum: Short = Field(description="SHA-256 of the image, 64 hex digits")
    checksum_type: Literal["sha256"] = Field(description="Kind of checksum, as Metal3 names it")
    format: Short = Field(description="Format of the image, as Metal3 names it")
    size: int = Field(description="Bytes of the image")
    digest: Short = Field(description="sha256:<checksum>")
    short_digest: Short = Field(description="First 12 digits of the checksum")
    verified: bool | None = Field(None, description="Whether it booted before it was published")
    built_elsewhere: bool | None = Field(None, description="true: it is no build of ours, and is never removed by us")
    build_hash: Short = Field(description="Build that published it")
    spec_hash: Short = Field(description="Inputs that its bytes depend on")
    disk_hash: Short | None = Field(None, description="Base disk that it was made from")
    rootfs_hash: Short | None = Field(None, description="Root filesystem that it was made from")
    packages: Short | None = Field(None, description="Digest of the list of packages in it, by name and content")
    trigger: Short | None = Field(None, description="The rebuild request that the build answered (RFC 3339)")


class BuildStatus(Document):
    """The build that runs, or the last one."""

    phase: Short = Field(description="Phase of the build")
    percent: Annotated[int, Field(ge=0, le=100)] = Field(description="How far the whole build is")
    message: Sentence = Field(description="What it does now")
    attempt: int = Field(description="Number of this try, from 1")
    started_at: Short | None = Field(None, description="When it started, or began to wait in line (RFC 3339)")
    queue_position: int | None = Field(None, description="Place in the line of builds; absent once it runs")
    reason: Short | None = Field(None, description="Why the last try failed; absent while one runs")
    next_try_at: Short | None = Field(None, description="When a failed build is tried again (RFC 3339)")
    logs: Sentence | None = Field(None, description="Command that shows the log of the container that failed")
    last_lines: Annotated[list[Short], Field(max_length=10)] = Field(
        default=[], description="What that container wrote last, without secrets; at most 10 lines"
    )


class HostAttention(Document):
    """A host that needs a person."""

    name: Short = Field(description="Name of the BareMetalHost")
    reason: Short = Field(description="Stable CamelCase word")
    message: Sentence = Field(description="What is the matter with it")


class HostsStatus(Document):
    """How the hosts of the selector stand."""

    summary: Short = Field(description="Updated of selected, for example 3/5")
    selected: int = Field(description="Hosts that the selector names")
    updated: int = Field(description="Hosts that run this image")
    soaking: int = Field(0, description="Those of them that have to stay well for a while before they count")
    updating: int = Field(description="Hosts that are being provisioned with it")
    eligible: int = Field(description="Hosts that could take it now: they hold nothing, or their owner agreed")
    awaiting_approval: int = Field(
        0, description="Provisioned hosts that would be erased as soon as their owner agrees"
    )
    failed: int = Field(description="Hosts that failed to take it")
    untouchable: int = Field(description="Hosts that the rules keep us away from")
    attention: Annotated[list[HostAttention], Field(max_length=20)] = Field(
        default=[], description="Hosts that need a person, at most 20"
    )
    machine_templates: Annotated[str, Field(max_length=8192)] | None = Field(
        None,
        description="Metal3MachineTemplates, ready to apply, by which hosts of Cluster API get this image; absent "
        "where none is needed, or longer than 8 KiB: `airship-images hosts --templates` writes them as well",
    )


class PlanStatus(Document):
    """What would happen next, whether or not it may."""

    build: Sentence | None = Field(None, description="What would be built, and why")
    hosts: Annotated[list[Short], Field(max_length=20)] = Field(
        default=[], description="Hosts that would be changed next, at most 20"
    )
    erased: Annotated[list[Short], Field(max_length=20)] = Field(
        default=[],
        description="Provisioned hosts whose disks strategy Replace erases, each once its owner agrees; at most 20",
    )


class ScheduleStatus(Document):
    """What came of the schedule, and of requests for the newest packages."""

    next_time: Short | None = Field(None, description="When packages are looked for next (RFC 3339)")
    last_time: Short | None = Field(None, description="The time, due or requested, that was answered last (RFC 3339)")
    last_outcome: Literal["Unchanged", "Changed", "Failed"] | None = Field(
        None, description="Unchanged: nothing is built; Changed: newer packages, built into a new image"
    )
    message: Sentence | None = Field(None, description="What was found, or why it could not be")
    attempt: int | None = Field(None, description="Number of the last try that failed for the time that is due")
    request: Short | None = Field(None, description="The request for the newest packages that was answered last")


class HistoryEntry(Document):
    """An artifact that was published earlier."""

    digest: Short = Field(description="sha256:<checksum>")
    url: Sentence = Field(description="Where it is")
    published_at: Short = Field(description="When (RFC 3339)")
    format: Short | None = Field(None, description="Format of the image, as Metal3 names it")
    size: int | None = Field(None, description="Bytes of the image")
    verified: bool | None = Field(None, description="Whether it booted before it was published")
    built_elsewhere: bool | None = Field(None, description="true: it is no build of ours, and is never removed by us")
    build_hash: Short | None = Field(None, description="Build that published it")
    spec_hash: Short | None = Field(None, description="Inputs that its bytes depend on")
    withdrawn_at: Short | None = Field(None, description="Since when it is no longer offered; it is deleted after that")
    refused: Short | None = Field(None, description="Why it was not deleted, though it was to be")


class UsedBy(Document):
    """Who is made of a profile."""

    count: int = Field(description="AirshipImages of the namespace that name it")
    images: Annotated[list[Short], Field(max_length=20)] = Field(default=[], description="The first of their names")


class NodeProfileStatus(Document):
    """What the operator says of a profile."""

    observed_generation: int | None = Field(None, description="Generation that this status is about")
    used_by: UsedBy | None = Field(None, description="Who is made of it")
    conditions: Conditions = Field(
        default=[],
        description="Ready: what is in it is right by itself; Stalled: it is not, and the message says where",
    )


class AirshipImageStatus(Document):
    """The status of an AirshipImage."""

    observed_generation: int | None = Field(None, description="Generation that this status is about")
    phase: Short | None = Field(None, description="One word for people: Pending, Building, Ready, Failed …")
    spec_hash: Short | None = Field(None, description="Hash of everything that the image's bytes depend on")
    build_hash: Short | None = Field(None, description="Hash of the build of the current spec")
    trigger: Short | None = Field(None, description="The rebuild request that the current build answers (RFC 3339)")
    phases: Annotated[dict[str, int], Field(max_length=16)] | None = Field(
        None, description="Versions of the builder's phases that the current build is made by"
    )
    packages: Short | None = Field(
        None, description="Digest of the packages that a schedule or a request has found; part of the rootfsHash"
    )
    areas: Annotated[dict[str, Short], Field(max_length=256)] | None = Field(
        None,
        description="Short hash of each variable of the published build, so that a rebuild can say why",
    )
    profiles: Annotated[dict[str, int], Field(max_length=32)] | None = Field(
        None, description="Generation of each NodeProfile that the published build was made of"
    )
    image: ImageStatus | None = Field(None, description="The artifact that is published now")
    build: BuildStatus | None = Field(None, description="The build that runs, or the last one")
    plan: PlanStatus | None = Field(None, description="What would happen next")
    schedule: ScheduleStatus | None = Field(None, description="What came of the schedule")
    hosts: HostsStatus | None = Field(None, description="How the hosts of the selector stand")
    history: Annotated[list[HistoryEntry], Field(max_length=32)] = Field(
        default=[], description="Artifacts published earlier, newest first"
    )
    conditions: Conditions = Field(default=[], description="Ready and Stalled first; see docs/airshipimage.md")
