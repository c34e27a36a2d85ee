"""What came of asking the artifact's URL for its bytes."""

from dataclasses import dataclass

from airship_images.api.reasons import Reason


@dataclass(frozen=True)
class Served:
    """What `url` answered when asked for the bytes of `digest` (sha256:<hex>)."""

    url: str
    digest: str
    reason: Reason | None = None
    """None: the length and the checksum are right."""
    message: str = ""
    size: int | None = None
    """Its bytes, once all of them were read and right."""
    ends: str | None = None
    """SHA-256 of its first and last bytes, once all of them were read and right: enough to know it again by."""
