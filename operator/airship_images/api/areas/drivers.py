"""Which drivers and firmware come from outside the kernel?"""

from typing import Annotated

from pydantic import Field

from airship_images.api.areas.base import Area, Named, Packages, ShortName, Url
from airship_images.api.build import SecretRef, Sha256
from airship_images.api.merge import Merge, Needed, Phase


class DkmsSource(Named):
    """A driver compiled for the image's kernel."""

    name: ShortName = Field(description="Name of the driver; merge key")
    url: Annotated[Url | None, Needed()] = Field(
        None, description="URL of its source: a tar archive with a dkms.conf or a Makefile for kbuild"
    )
    sha256: Annotated[Sha256 | None, Needed()] = Field(None, description="SHA-256 of the archive")


class ModuleSigning(Area):
    """With what the compiled modules are signed, once the image is configured."""

    key_from: SecretRef | None = Field(None, description="Value of a Secret with the private key, in PEM")
    certificate_from: SecretRef | None = Field(
        None, description="Value of a Secret with its X.509 certificate, in PEM; enrol it on the hosts (mokutil)"
    )


class Drivers(Area):
    """Firmware and out-of-tree drivers."""

    firmware_packages: Packages | None = Field(None, description="Firmware packages to install")
    packages: Packages | None = Field(None, description="Driver packages to install")
    dkms: Annotated[list[DkmsSource], Field(max_length=16), Merge.BY_NAME] | None = Field(
        None, description="Modules compiled from source for the image's kernel"
    )
    module_signing: Annotated[ModuleSigning | None, Phase.CONFIGURE] = Field(
        None, description="Signs these modules, as Secure Boot needs it"
    )
