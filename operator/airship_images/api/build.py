"""What goes into a build Job and what comes out: requests, results, reports and progress lines."""

from typing import Annotated, Final, Literal, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from airship_images.api.admission import cel
from airship_images.api.distributions import DistributionName
from airship_images.api.model import Document

PROGRESS_PREFIX: Final = "@airship "
"""Starts each progress line in a container's log; a JSON object of Progress follows."""

TERMINATION_LIMIT: Final = 1024
"""Bytes of a termination message: a pod has 12 KiB for all of its containers."""

DOCKER_CONFIG: Final = ".dockerconfigjson"
"""The key of a Secret of type kubernetes.io/dockerconfigjson."""

CONFIG_MAPS_FILE: Final = "configmaps.yaml"
"""The input that holds what a node refers to of ConfigMaps: {NAME: {data: …, binaryData: …}}."""
SOURCE_FILE: Final = "source.yaml"
"""The request of a Job that boots an image which was built elsewhere."""

SHORT_HASH: Final = 10
"""Characters of a hash in the name of a Job or ConfigMap."""

CHECKSUM, SBOM, PROVENANCE = ".sha256", ".cdx.json", ".provenance.json"
"""What follows the image's name in the names of the files beside it."""

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
FileName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,126}$")]
"""A plain file name: no folder, no leading dot, nothing a shell or URL would read differently."""

ObjectName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$")]
"""The name of a Kubernetes object."""
DataKey = Annotated[
    str, StringConstraints(pattern=r"^(?:[A-Za-z0-9_-]|\.[A-Za-z0-9_-]|\.\.[A-Za-z0-9._-])[A-Za-z0-9._-]{0,250}$")
]
"""A key of a Secret or ConfigMap: never `.` or `..`, so that no path leaves its folder."""
_ONE_SOURCE: Final = "expected one of secretName and configMapName"

ImageType = Literal["qcow2", "iso", "raw", "vmdk", "rootfs", "oci"]
DISK_TYPES: Final[tuple[ImageType, ...]] = ("qcow2", "raw", "vmdk")
"""Those that are a disk with partitions."""

UNBOOTED_TYPES: Final[tuple[ImageType, ...]] = ("rootfs", "oci")
"""Those that have no boot loader: other programs start what is in them."""

Firmware = Literal["bios", "uefi"]
Unit = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9:_.@\\-]{1,240}\.[a-z]{4,9}$")]
"""The name of a systemd unit."""

BuildPhase = Literal[
    "resolve",
    "fetch",
    "rootfs",
    "commit",
    "disk",
    "configure",
    "fetch-image",
    "hand-over",
    "airship-v1",
    "take-in",
    "boot",
    "publish",
    "prune-output",
]
Engine = Literal["native", "airship-v1"]
V1_FOLDER: Final = "v1"
"""The folder of scratch that a builder of engine airship-v1 sees, as its volume, and nothing else of ours."""


class RootfsRequest(Document):
    """rootfs.yaml: which root filesystem to build; its packages are in rootfs-vars.yaml beside it."""

    rootfs_hash: Sha256
    distribution: DistributionName
    suite: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,31}$")]
    architecture: Literal["amd64", "arm64"]


class SecretRef(Document):
    """One value of a Secret; the builder finds it at SECRETS/<secretName>/<key>."""

    secret_name: ObjectName = Field(description="Name of a Secret in the namespace of the AirshipImage")
    key: DataKey = Field(description="Key in the Secret's data")


class ContentRef(Document):
    """One value of a Secret, or of a ConfigMap whose content is among the inputs."""

    model_config = ConfigDict(json_schema_extra=cel("has(self.secretName) != has(self.configMapName)", _ONE_SOURCE))

    secret_name: ObjectName | None = Field(None, description="Name of a Secret in the namespace of the AirshipImage")
    config_map_name: ObjectName | None = Field(
        None, description="Name of a ConfigMap in the namespace of the AirshipImage; a new content builds anew"
    )
    key: DataKey = Field(description="Key in its data")

    @model_validator(mode="after")
    def _has_one_source(self) -> Self:
        if (self.secret_name is None) == (self.config_map_name is None):
            raise PydanticCustomError("one_source", _ONE_SOURCE.removeprefix("expected "))
        return self

    @property
    def secret(self) -> SecretRef | None:
        """The reference to a Secret that it is; None when it is one to a ConfigMap."""
        return None if self.secret_name is None else SecretRef(secret_name=self.secret_name, key=self.key)


class BuildRequest(Document):
    """build.yaml: which image to build from that root filesystem; its variables are in the files beside it."""

    name: str
    rootfs_hash: Sha256
    disk_hash: Sha256
    spec_hash: Sha256
    build_hash: Sha256
    distribution: DistributionName
    suite: str
    architecture: Literal["amd64", "arm64"]
    type: ImageType
    file_name: FileName
    metadata_file_name: FileName
    user_data_file: FileName | None = None
    network_config_file: FileName | None = None
    engine: Literal["airship-v1"] | None = None
    verify_boot: bool
    firmware: tuple[Firmware, ...]
    secure_boot: bool = False
    allowed_failed_units: tuple[Unit, ...] = ()
    boot_seconds: Annotated[int, Field(ge=1)] | None = None
    secrets: tuple[SecretRef, ...] = ()


class SourceRequest(Document):
    """source.yaml: which image that was built elsewhere is to be booted."""

    url: str
    sha256: Sha256
    size: Annotated[int, Field(ge=1, description="bytes")]
    type: ImageType
    firmware: tuple[Firmware, ...]
    allowed_failed_units: tuple[Unit, ...] = ()
    boot_seconds: Annotated[int, Field(ge=1)] | None = None


class BuildResult(Document):
    """The termination message of a publish phase that did its work; `path` is relative to the store."""

    outcome: Literal["succeeded"] = "succeeded"
    digest: Sha256
    size: Annotated[int, Field(ge=0, description="bytes of the artifact")]
    virtual_size: Annotated[int, Field(ge=0, description="bytes of the disk that a host sees")]
    format: ImageType
    path: str
    packages: Annotated[Sha256 | None, Field(description="which packages are in it, by name and content")] = None


class CacheLookup(Document):
    """The termination message of `fetch` and `disk`: was what they are there for in the cache?"""

    entry: Literal["rootfs", "disk"]
    hit: bool


class Verification(Document):
    """The termination message of `boot` where it is a Job's last phase: with which firmware the image came up."""

    verified: Annotated[tuple[Firmware, ...], Field(min_length=1)]


class Resolution(Document):
    """The termination message of the phase `resolve`: what the packages of a root filesystem would be now."""

    packages: Sha256
    package_count: Annotated[int, Field(ge=0)]


Refusal = Literal["NotAFolder", "Unknown", "OtherImage", "PublishedAgain", "OtherContent"]
"""Why an artifact is not removed, though it was asked for."""
REMOVED_AT_ONCE: Final = 8
"""Artifacts that one Job removes, so that what came of each fits into its termination message."""


class Removal(Document):
    """The termination message of prune-output: `removed` are gone, whether or not they were there before."""

    removed: tuple[Sha256, ...]
    refused: dict[Sha256, Refusal]


class BuildFailure(Document):
    """The termination message of a phase that failed."""

    outcome: Literal["failed"] = "failed"
    phase: BuildPhase
    reason: str
    message: str
    retryable: bool


class RepositoryLock(Document):
    """One repository as it was when the packages came from it."""

    source: str
    suite: str
    release_sha256: Sha256


class BuildReport(Document):
    """by-build/<buildHash>.json: everything known about a finished build."""

    result: BuildResult
    name: str
    rootfs_hash: Sha256
    spec_hash: Sha256
    build_hash: Sha256
    verified: tuple[Firmware, ...]
    secure_boot: Annotated[bool, Field(description="the boot test saw Secure Boot on")]
    contains_secrets: bool
    lock: tuple[RepositoryLock, ...]
    package_count: int
    sbom_sha256: Sha256
    provenance_sha256: Sha256
    seconds: dict[str, float]
    cache_hits: tuple[str, ...]


class Progress(Document):
    """Where a running build is: `percent` counts the whole phase."""

    phase: BuildPhase
    step: str
    percent: Annotated[int, Field(ge=0, le=100)]
    message: str
