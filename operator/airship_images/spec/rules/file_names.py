"""Can the files of the image lie side by side in its folder of the store?"""

from collections.abc import Iterator
from typing import Final

from airship_images.api.errors import Finding
from airship_images.api.reasons import Reason
from airship_images.spec.render import METADATA_FILE
from airship_images.spec.rules.subject import Subject

SIDE_FILES: Final = (".sha256", ".provenance.json", ".spdx.json")
"""What is written beside an image, after its name."""


def file_names(subject: Subject) -> Iterator[Finding]:
    """A file name that belongs to a file beside the image. That none leaves its folder is in the type FileName."""
    image, builder = subject.image.spec.image.output_file_name, subject.image.spec.builder
    metadata = (builder and builder.output_metadata_file_name) or METADATA_FILE
    if image.endswith(SIDE_FILES):
        yield subject.in_image(
            Reason.UNSAFE_FILE_NAME, "image.outputFileName", repr(image), f"a name without {', '.join(SIDE_FILES)}"
        )
    if metadata in (image, *(image + suffix for suffix in SIDE_FILES)):
        yield subject.in_image(
            Reason.UNSAFE_FILE_NAME, "builder.outputMetadataFileName", repr(metadata), "a name of its own"
        )
