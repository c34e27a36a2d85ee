"""Is an image booted before it is published?"""

from airship_images.api.airshipimage import AirshipImageSpec
from airship_images.api.build import UNBOOTED_TYPES


def skipped_because(spec: AirshipImageSpec) -> str | None:
    """Why there is no boot test; None when there is one, which is the default for what can boot."""
    if spec.image.type in UNBOOTED_TYPES:
        return f"an image of type {spec.image.type} has nothing that starts it"
    asked = spec.verify.boot if spec.verify else None
    if spec.image.source is not None and asked is None:
        return "it was built elsewhere: spec.verify.boot: true boots it here"
    return "spec.verify.boot is false" if asked is False else None
