"""Which packages is the root filesystem made of, and from where?"""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from airship_images.api.areas.base import Area, Line, Named, OmittedPackages, PackageName, Packages, ShortName, Url
from airship_images.api.merge import Default, Merge, Needed, NotYet

Suite = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,31}$")]
PackagePattern = Annotated[str, StringConstraints(pattern=r"^[a-z0-9*?][a-z0-9+.*?-]{0,127}$")]
"""A package name in which * and ? stand for any text, as in apt_preferences(5)."""


class Repository(Named):
    """A package repository beside the distribution's own."""

    name: ShortName = Field(description="Name of the repository; merge key")
    source: Annotated[Url | None, Needed()] = Field(None, description="URL of the repository")
    suite: Line | None = Field(None, description="Suite, for example bookworm")
    components: Line | None = Field(None, description="Components, space separated, for example 'main contrib'")
    packages: Annotated[Packages | None, Merge.REPLACE] = Field(None, description="Packages to install from it")
    omitdebsrc: bool | None = Field(None, description="true leaves out the deb-src line")
    register_repo_with_rootfs: bool | None = Field(None, description="true keeps the repository in the finished image")
    keyring_pkg: PackageName | None = Field(None, description="Package that carries the repository's key")
    keyring_url: Url | None = Field(None, description="URL of the repository's key")


class Software(Area):
    """Distribution, packages and repositories."""

    distribution: Annotated[Literal["debian", "ubuntu"] | None, Default("debian")] = Field(
        None, description="Distribution of the image (default debian)"
    )
    suite: Annotated[Suite | None, Default("bookworm")] = Field(
        None, description="Release of the distribution by its code name (default bookworm)"
    )
    rootfs_arch: Annotated[Literal["amd64", "arm64"] | None, Default("amd64")] = Field(
        None, description="Architecture (default amd64)"
    )
    packages: Packages | None = Field(None, description="Packages to install; profiles add to each other's list")
    omit_packages: OmittedPackages | None = Field(None, description="Packages of earlier profiles to leave out")
    repos: Annotated[list[Repository], Field(max_length=32), Merge.BY_NAME, NotYet()] | None = Field(
        None, description="Package repositories beside the distribution's own"
    )
    unapproved_packages: Annotated[list[PackagePattern], Field(max_length=1024), Merge.UNION] | None = Field(
        None, description="Packages that must never be installed, not even as a dependency (pinned to -1)"
    )
    k8s_version: Annotated[str, StringConstraints(pattern=r"^v?1\.[0-9]{1,3}\.[0-9]{1,3}$"), NotYet()] | None = Field(
        None, description="Kubernetes version of kubeadm and kubelet, for example 1.34.2"
    )
