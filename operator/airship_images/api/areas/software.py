"""Which packages is the root filesystem made of, and from where?"""

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from airship_images.api.areas.base import Area, Named, OmittedPackages, PackageName, Packages, ShortName, Url
from airship_images.api.build import Sha256
from airship_images.api.distributions import DEFAULT_DISTRIBUTION, DistributionName
from airship_images.api.merge import Clears, Default, Merge, Needed, Needs

RepositoryUrl = Annotated[str, StringConstraints(pattern=r"^https?://[^\s\x00-\x1f\x7f#\[\]]+$", max_length=1024)]
RepositorySuite = Annotated[
    str, StringConstraints(pattern=r"^(?:[A-Za-z0-9][A-Za-z0-9._~+-]*(?:/[A-Za-z0-9._~+-]+)*/?|\.?/)$", max_length=128)
]
"""A suite such as bookworm or bookworm/updates; with a slash at its end the folder of a repository without suites."""

Components = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/+-]*(?: [A-Za-z0-9][A-Za-z0-9._/+-]*)*$", max_length=256)
]
Suite = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,31}$")]
PackagePattern = Annotated[str, StringConstraints(pattern=r"^[a-z0-9*?][a-z0-9+.*?-]{0,127}$")]
"""A package name in which * and ? stand for any text, as in apt_preferences(5)."""

KUBERNETES: Final = ("kubeadm", "kubelet", "kubectl")
"""The packages that k8s_version holds at one version."""


class Repository(Named):
    """A package repository beside the distribution's own."""

    name: ShortName = Field(description="Name of the repository; merge key")
    source: Annotated[RepositoryUrl | None, Needed()] = Field(None, description="URL of the repository")
    suite: Annotated[RepositorySuite | None, Needed()] = Field(
        None, description="Suite, for example bookworm; ends in a slash where the repository has none, for example /"
    )
    components: Components | None = Field(None, description="Components, space separated, for example 'main contrib'")
    packages: Annotated[Packages | None, Merge.REPLACE] = Field(
        None, description="Packages to install, from this repository and no other"
    )
    omitdebsrc: bool | None = Field(None, description="true leaves out sources where the image keeps the repository")
    register_repo_with_rootfs: bool | None = Field(
        None, description="true keeps the repository and its key in the finished image"
    )
    keyring_pkg: Annotated[PackageName | None, Clears("keyring_url")] = Field(
        None, description="Package of the distribution that carries the repository's key; kept with the repository"
    )
    keyring_url: Annotated[Url | None, Clears("keyring_pkg")] = Field(None, description="URL of the repository's key")
    keyring_sha256: Sha256 | None = Field(None, description="SHA-256 of the file at keyring_url")


class BaseImage(Area):
    """A vendor's disk image."""

    url: Url = Field(description="URL of a qcow2 or raw disk image whose root is on ext4")
    sha256: Sha256 = Field(description="SHA-256 of the file")


class Software(Area):
    """Distribution, packages and repositories."""

    distribution: Annotated[DistributionName | None, Default(DEFAULT_DISTRIBUTION)] = Field(
        None, description="Distribution of the image (default debian)"
    )
    suite: Annotated[Suite | None, Default("bookworm", ubuntu="noble")] = Field(
        None, description="Release of the distribution by its code name (default bookworm, on Ubuntu noble)"
    )
    rootfs_arch: Annotated[Literal["amd64", "arm64"] | None, Default("amd64")] = Field(
        None, description="Architecture (default amd64)"
    )
    base: Annotated[BaseImage | None, Merge.REPLACE] = Field(
        None, description="A vendor's disk image to start from instead of packages; it keeps its kernel and boot loader"
    )
    packages: Packages | None = Field(None, description="Packages to install; profiles add to each other's list")
    omit_packages: OmittedPackages | None = Field(None, description="Packages of earlier profiles to leave out")
    repos: Annotated[list[Repository], Field(max_length=32), Merge.BY_NAME] | None = Field(
        None, description="Package repositories beside the distribution's own"
    )
    unapproved_packages: Annotated[list[PackagePattern], Field(max_length=1024), Merge.UNION] | None = Field(
        None, description="Packages that must never be installed, not even as a dependency (pinned to -1)"
    )
    k8s_version: Annotated[
        Annotated[str, StringConstraints(pattern=r"^v?1\.[0-9]{1,3}\.[0-9]{1,3}$")] | None, Needs(KUBERNETES)
    ] = Field(None, description="Version of kubeadm, kubelet and kubectl, which a repository must have, as 1.34.2")
