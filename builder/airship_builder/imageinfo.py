"""What does qemu-img say of an image file, and is it one that we take?"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from airship_builder.run import ToolError, ask
from airship_images.api.build import ImageType
from airship_images.api.errors import InputError
from airship_images.api.reasons import Reason

FORMATS: Final[dict[ImageType, str]] = {"qcow2": "qcow2", "raw": "raw", "vmdk": "vmdk", "iso": "raw"}
"""What qemu-img calls the types that can be booted."""


@dataclass(frozen=True)
class ImageInfo:
    """Its format as qemu-img calls it, the bytes of the disk that it holds, and whether it holds them all itself."""

    format: str
    virtual_size: int
    stands_alone: bool


def image_info(image: Path) -> ImageInfo:
    """Raises ToolError when qemu-img cannot read it."""
    told = json.loads(ask("qemu-img", "info", "--output=json", image))
    specific = told.get("format-specific", {}).get("data", {})
    extents = {Path(each["filename"]).resolve() for each in specific.get("extents", ())}  # of vmdk
    return ImageInfo(
        format=told["format"],
        virtual_size=told["virtual-size"],
        stands_alone="backing-filename" not in told and "data-file" not in specific and extents <= {image.resolve()},
    )


def expect_whole(image: Path, field: str, formats: Collection[str]) -> ImageInfo:
    """What it is; raises InputError for one of another format, or that shows what is in other files of ours."""
    try:
        info = image_info(image)
    except ToolError as error:
        if error.reason is not Reason.TOOL_FAILED:
            raise
        raise InputError(field, f"an image that cannot be read ({error.message})", " or ".join(formats)) from error
    if not info.stands_alone:
        raise InputError(field, "an image that refers to another file", "one that stands alone")
    if info.format not in formats:
        raise InputError(field, f"an image of format {info.format}", " or ".join(formats))
    return info
