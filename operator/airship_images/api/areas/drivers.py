"""Which drivers and firmware come from outside the kernel?"""

from typing import Annotated

from pydantic import Field

from airship_images.api.areas.base import Area, Named, Packages, ShortName, Url
from airship_images.api.build import Sha256
from airship_images.api.merge import Merge, Needed, NotYet


class DkmsSource(Named):
    """A module compiled for the image's kernel."""

    name: ShortName = Field(description="Name of the module; merge key")
    url: Annotated[Url | None, Needed()] = Field(None, description="URL of its source archive")
    sha256: Annotated[Sha256 | None, Needed()] = Field(None, description="SHA-256 of the archive")


class Drivers(Area):
    """Firmware and out-of-tree drivers."""

    firmware_packages: Packages | None = Field(None, description="Firmware packages to install")
    packages: Packages | None = Field(None, description="Driver packages to install")
    dkms: Annotated[list[DkmsSource], Field(max_length=16), Merge.BY_NAME, NotYet()] | None = Field(
        None, description="Modules compiled from source for the image's kernel"
    )
