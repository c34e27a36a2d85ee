"""The image of a host, as spec.image and status.provisioning.image name it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from airship_images.api.build import ImageType

IMAGE_KEYS: Final = ("url", "checksum", "checksumType", "format", "ociAuthSecretName")
_SHA256: Final = re.compile("[0-9a-f]{64}")
LIVE_ISO: Final = "live-iso"
DIGEST_IN_URL: Final = re.compile(r"/([0-9a-f]{64})/[^/]+$")
"""The folder of our store that a URL leads to."""
MACHINES_V1BETA1: Final = "infrastructure.cluster.x-k8s.io/v1beta1"
"""The API of Metal3MachineTemplates that every Cluster API provider of Metal3 serves until now."""
_FORMATS: Final[Mapping[ImageType, str]] = {"iso": LIVE_ISO}


def host_format(kind: ImageType) -> str:
    """The format of an image of type `kind` as Metal3 names it; raw is named too, for Ironic would guess."""
    return _FORMATS.get(kind, kind)


@dataclass(frozen=True)
class HostImage:
    """The five keys of `spec.image` or `status.provisioning.image`; None is a key that is absent or null."""

    url: str | None
    checksum: str | None = None
    checksum_type: str | None = None
    format: str | None = None
    oci_auth_secret_name: str | None = None

    def dump(self) -> dict[str, str | None]:
        """All five keys, with an explicit null for each that is unset: a merge patch then leaves none behind."""
        values = (self.url, self.checksum, self.checksum_type, self.format, self.oci_auth_secret_name)
        return dict(zip(IMAGE_KEYS, values, strict=True))

    @property
    def digest(self) -> str | None:
        """sha256:<hex>, or None where the checksum is of another kind or only a link to one.

        A live ISO has no checksum there: the URL of one of ours holds its digest, and never gives other bytes.
        """
        checksum = (self.checksum or "").lower()
        if not checksum and self.format == LIVE_ISO and (found := DIGEST_IN_URL.search(self.url or "")):
            return f"sha256:{found[1]}"
        is_sha256 = self.checksum_type in {None, "", "auto", "sha256"} and _SHA256.fullmatch(checksum)
        return f"sha256:{checksum}" if is_sha256 else None


def image_of(url: str, digest: str, image_format: str) -> HostImage:
    """How a host is told of the artifact of `digest` (sha256:<hex>): a live ISO has no checksum there."""
    if image_format == LIVE_ISO:
        return HostImage(url, format=image_format)
    return HostImage(url, digest.removeprefix("sha256:"), "sha256", image_format)


def written(image: HostImage) -> dict[str, str]:
    """The keys that are set, as BareMetalHosts and Metal3MachineTemplates of v1beta1 have them."""
    return {key: value for key, value in image.dump().items() if value is not None}


def machine_image(image: HostImage, api_version: str) -> dict[str, str]:
    """spec.template.spec.image of a Metal3MachineTemplate: after v1beta1 the format has another name there."""
    known = written(image)
    if api_version != MACHINES_V1BETA1:
        known["diskFormat"] = known.pop("format")
    return known
