"""Which document, and which path in it, does a value of the composed node come from?"""

from typing import Final

from airship_images.api.airshipimage import AirshipImage

PARAMS: Final = "params"
"""The origin of a value that spec.params of the AirshipImage sets."""


def profile_origin(name: str) -> str:
    """The origin of a value that NodeProfile `name` sets."""
    return f"NodeProfile/{name}"


def document_path(image: AirshipImage, origin: str, path: str) -> str:
    """`path` of the node as a person finds it: document, colon, path in that document."""
    if origin == PARAMS:
        return f"AirshipImage/{image.metadata.name}: spec.params.{path}"
    return f"{origin}: spec.{path}"
