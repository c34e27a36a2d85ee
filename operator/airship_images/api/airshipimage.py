"""AirshipImage: which profiles make an image, where it goes, and which hosts may get it."""

from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field, StringConstraints

from airship_images.api.admission import cel
from airship_images.api.amounts import CountOrPercent
from airship_images.api.areas.base import ShortName
from airship_images.api.build import Engine, FileName, Firmware, ImageType, Sha256, Unit
from airship_images.api.durations import Duration
from airship_images.api.merge import Merge, NotYet
from airship_images.api.metadata import Metadata
from airship_images.api.model import Document
from airship_images.api.nodeprofile import NodeProfileSpec

ObjectName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$")]
Quantity = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,12}(?:\.[0-9]{1,3})?(?:m|k|Ki|M|Mi|G|Gi|T|Ti)?$")]
LabelKey = Annotated[str, StringConstraints(max_length=317)]
LabelValue = Annotated[str, StringConstraints(pattern=r"^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$")]
TimeZone = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)*$", max_length=64)]
Labels = Annotated[dict[LabelKey, LabelValue], Field(max_length=32)]
Digest = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]


NAME_LIMIT: Final = 40
"""Characters of an image's name: NAME-HASH must fit a label and a Job's Pods."""


class ProfileReference(Document):
    """A NodeProfile of the same namespace."""

    name: ObjectName = Field(description="Name of the NodeProfile")


class Source(Document):
    """An image that was built elsewhere."""

    url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s?#]+[^\s?#/]$", max_length=1024)] = Field(
        description="Where it is: hosts are given this very URL, which must never give other bytes"
    )
    sha256: Sha256 = Field(description="SHA-256 of its bytes, 64 hex digits: read whole before it is published")


class Image(Document):
    """What comes out."""

    model_config = ConfigDict(
        json_schema_extra=cel(
            "has(self.outputFileName) != has(self.source)",
            "expected outputFileName, or source for an image that is built elsewhere",
        )
    )

    type: ImageType = Field(
        description="Format of the image; qcow2, raw and vmdk are disks, iso is a live system, oci a container image"
    )
    output_file_name: FileName | None = Field(
        None, description="Last part of the image's URL, for example worker.qcow2; needed but for a source"
    )
    source: Source | None = Field(
        None,
        description="An image that was built elsewhere: checked, booted where verify.boot is true, and rolled out; "
        "never built or removed",
    )

    @property
    def file_name(self) -> str:
        """The last part of its URL."""
        return self.output_file_name or (self.source.url.rpartition("/")[2] if self.source else "")


class Resources(Document):
    """Requests and limits of the build's containers."""

    requests: Annotated[dict[ShortName, Quantity], Field(max_length=8)] | None = Field(
        None, description="What the scheduler keeps free, for example {cpu: '1', memory: 2Gi}"
    )
    limits: Annotated[dict[ShortName, Quantity], Field(max_length=8)] | None = Field(
        None, description="What the build may use at most"
    )


class Builder(Document):
    """How it is built."""

    image: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/:@-]{0,511}$")] | None = Field(
        None, description="Container image of the builder; must be in the operator's allow list (default: its own)"
    )
    engine: Engine | None = Field(
        None,
        description="native (default), or airship-v1: builder.image is an image of Airship's own builder, if the "
        "operator's settings allow it",
    )
    user_data_file_name: FileName | None = Field(
        None, description="Name of the user data among the inputs (default user-data)"
    )
    network_config_file_name: FileName | None = Field(
        None, description="Name of the network config among the inputs (default network-config)"
    )
    output_metadata_file_name: FileName | None = Field(
        None, description="Name of the metadata file beside the image (default output-metadata.yaml)"
    )
    timeout: Duration | None = Field(None, description="Longest run of one build, for example 30m (default 1h)")
    resources: Resources | None = Field(None, description="Requests and limits of the build's containers")
    node_selector: Labels | None = Field(None, description="Labels of nodes that may run the build")


class PvcOutput(Document):
    """A volume that a web server publishes."""

    claim_name: ObjectName = Field(description="PersistentVolumeClaim in the image's namespace")
    base_url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s?#]+/$", max_length=512)] = Field(
        alias="baseURL", description="URL under which the volume is served, with a slash at its end"
    )


class RegistryOutput(Document):
    """A container registry."""

    repository: Annotated[str, StringConstraints(max_length=255)] = Field(description="Repository, host and path")
    push_secret_name: ObjectName | None = Field(None, description="Secret of type dockerconfigjson to push with")


class Output(Document):
    """Where it goes; left out: the store of the operator's settings."""

    model_config = ConfigDict(
        json_schema_extra=cel("has(self.pvc) != has(self.registry)", "expected one of pvc and registry")
    )

    pvc: PvcOutput | None = Field(None, description="A volume that a web server publishes")
    registry: Annotated[RegistryOutput | None, NotYet()] = Field(None, description="A container registry")


class Verify(Document):
    """What is tested before it is published."""

    boot: bool | None = Field(
        None, description="Boot the image before publishing it (default true, and false for image.source)"
    )
    firmware: Annotated[list[Firmware], Field(min_length=1, max_length=2)] | None = Field(
        None, description="Firmware to boot it with (default bios and uefi; with kernel.secure_boot uefi alone)"
    )
    allowed_failed_units: Annotated[list[Unit], Field(max_length=64)] | None = Field(
        None, description="Units that may have failed at the end of the boot, by their whole name (default none)"
    )
    timeout: Duration | None = Field(
        None, description="Longest boot with one firmware, for example 20m (default 3m with KVM, 14m without)"
    )


class LabelSelector(Document):
    """Hosts by their labels; empty selects none."""

    match_labels: Labels | None = Field(None, description="Labels that a host must have, all of them")


class Schedule(Document):
    """Times by a cron expression."""

    cron: Annotated[str, StringConstraints(max_length=100)] = Field(
        description="Cron expression of five fields: minute, hour, day of month, month, day of week"
    )
    time_zone: TimeZone | None = Field(None, description="IANA time zone, such as Europe/Berlin (default UTC)")


class Window(Schedule):
    """When hosts may be changed: from each of its times on, for so long."""

    duration: Duration = Field(description="How long it stays open, for example 4h; at most 168h")


class Rollout(Document):
    """Which BareMetalHosts may get the image, and how fast."""

    strategy: Literal["Manual", "Available", "Replace"] | None = Field(
        None,
        description="Manual (default) only reports; Available patches hosts that hold nothing; Replace also erases "
        "provisioned hosts, each with its owner's consent",
    )
    selector: LabelSelector | None = Field(None, description="Hosts of this namespace by their labels")
    digest: Digest | None = Field(
        None,
        description="An artifact of status.history that hosts should run, to roll back without a build: sha256:<64 hex "
        "digits> (default: the one published last)",
    )
    max_unavailable: CountOrPercent | None = Field(
        None,
        description="Hosts that may be unhealthy or in change at once: a number, or a percentage such as 10% of the "
        "selected ones, rounded down, at least one (default 1)",
    )
    max_failures: Annotated[int, Field(ge=1, le=1000)] | None = Field(
        None, description="Failed hosts after which the rollout stops (default 1)"
    )
    canary: Annotated[int, Field(ge=1, le=100)] | None = Field(
        None,
        description="Hosts that must run the image well before any other is changed (default none); one that fails "
        "stops the rollout",
    )
    soak: Duration | None = Field(
        None, description="How long an updated host must stay well before it counts, for example 30m (default 0)"
    )
    health: Literal["Provisioned", "Annotation"] | None = Field(
        None,
        description="Provisioned (default), or Annotation: airshipit.org/image-healthy: sha256:<digest> on the host",
    )
    allow_disabled_cleaning: bool | None = Field(
        None, description="true also takes hosts with automatedCleaningMode disabled, whose disks keep old data"
    )
    window: Window | None = Field(
        None, description="When hosts may be changed (default always); what runs at its end goes on"
    )


class FailureRetention(Document):
    """How long failed builds leave their Job, with its log, and their inputs."""

    keep: Annotated[int, Field(ge=1, le=30)] | None = Field(None, description="Newest failed builds to keep")
    max_age: Duration | None = Field(None, description="Age at which they go, for example 72h (default 1h)")


class Retention(Document):
    """What may go of what was published before. Left out: nothing."""

    keep: Annotated[int, Field(ge=1, le=30)] | None = Field(
        None, description="Newest artifacts to keep, the current one among them; with maxAge the others go by age"
    )
    max_age: Duration | None = Field(None, description="Age from which artifacts may go, for example 2160h")
    grace: Duration | None = Field(
        None, description="How long one that is withdrawn can still be fetched before it is deleted (default 24h)"
    )
    failures: FailureRetention | None = Field(None, description="The same for builds that failed")


class ImageMetadata(Metadata):
    """Its name starts the names of Jobs and ConfigMaps, which end in a hash."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$", max_length=NAME_LIMIT)]


class AirshipImageSpec(Document):
    """The wish."""

    model_config = ConfigDict(
        json_schema_extra=cel(
            "has(self.profiles) != has(self.image.source)",
            "expected profiles, or image.source for an image that is built elsewhere",
        )
    )

    profiles: Annotated[list[ProfileReference] | None, Field(min_length=1, max_length=32), Merge.BY_NAME] = Field(
        None, description="NodeProfiles in order: the later one wins; needed but for a source"
    )
    params: NodeProfileSpec | None = Field(None, description="A last profile of this image alone; wins over all others")
    image: Image = Field(description="What comes out: format and file name")
    builder: Builder | None = Field(None, description="How it is built")
    output: Output | None = Field(None, description="Where it goes (default: the store of the operator's settings)")
    verify: Verify | None = Field(None, description="What is tested before it is published")
    rollout: Rollout | None = Field(None, description="Which BareMetalHosts may get it, and how fast")
    schedule: Schedule | None = Field(
        None, description="When it is built again by itself, if its packages have newer versions by then"
    )
    retention: Retention | None = Field(None, description="Which artifacts may go (default: none)")
    deletion_policy: Literal["Retain", "Delete"] | None = Field(
        None, description="What becomes of its artifacts when it is deleted: Retain (default) or Delete"
    )
    suspend: bool | None = Field(None, description="true starts nothing new; what runs is finished")

    @property
    def profile_names(self) -> tuple[str, ...]:
        """The NodeProfiles that it is made of, in order."""
        return tuple(each.name for each in self.profiles or ())


class AirshipImage(Document):
    """An operating system image, built, tested, published and rolled out."""

    api_version: Literal["airshipit.org/v1alpha1"]
    kind: Literal["AirshipImage"]
    metadata: ImageMetadata
    spec: AirshipImageSpec = Field(description="The wish")
    status: dict[str, Any] | None = None
