"""Is an image booted before it is published?"""

from airship_images.api.airshipimage import AirshipImageSpec
from airship_images.api.build import UNBOOTED_TYPES


def skipped_because(spec: AirshipImageSpec) -> str | None:
    """Why there is no boot test; None when there is one, which is the default for what can boot."""
    if spec.image.source is not None:
        return "it was built elsewhere: boot it where it is built"
    if spec.image.type in UNBOOTED_TYPES:
        return f"an image of type {spec.image.type} has nothing that starts it"
    return "spec.verify.boot is false" if spec.verify and spec.verify.boot is False else None
