"""What does qemu-img say of an image file?"""

import json
from dataclasses import dataclass
from pathlib import Path

from airship_builder.run import ask


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
    return ImageInfo(
        format=told["format"],
        virtual_size=told["virtual-size"],
        stands_alone="backing-filename" not in told and "data-file" not in specific,
    )
