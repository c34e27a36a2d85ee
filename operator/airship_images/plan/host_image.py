"""The image of a host, as spec.image and status.provisioning.image name it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from airship_images.api.build import ImageType

IMAGE_KEYS: Final = ("url", "checksum", "checksumType", "format", "ociAuthSecretName")
SHA256_HEX_DIGITS: Final = 64
LIVE_ISO: Final = "live-iso"
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
        """sha256:<hex>, or None where the checksum is of another kind or only a link to one."""
        checksum = (self.checksum or "").lower()
        is_hex = len(checksum) == SHA256_HEX_DIGITS and all(digit in "0123456789abcdef" for digit in checksum)
        return f"sha256:{checksum}" if is_hex and self.checksum_type in {None, "", "auto", "sha256"} else None


def image_of(url: str, digest: str, image_format: str) -> HostImage:
    """How a host is told of the artifact of `digest` (sha256:<hex>): a live ISO has no checksum there."""
    if image_format == LIVE_ISO:
        return HostImage(url, format=image_format)
    return HostImage(url, digest.removeprefix("sha256:"), "sha256", image_format)
