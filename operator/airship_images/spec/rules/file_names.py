"""Can the files of the image lie side by side in its folder of the store, and those of its inputs in theirs?"""

from collections.abc import Iterator
from typing import Final

from airship_images.api.build import CHECKSUM, PROVENANCE, SBOM
from airship_images.api.errors import Finding
from airship_images.api.reasons import Reason
from airship_images.spec.render import INPUT_FILES, METADATA_FILE
from airship_images.spec.rules.subject import Subject
from airship_images.spec.seed import seed_names

SIDE_FILES: Final = (CHECKSUM, SBOM, PROVENANCE)
"""What is written beside an image, after its name."""


def file_names(subject: Subject) -> Iterator[Finding]:
    """A file name that belongs to another file. That none leaves its folder is in the type FileName."""
    yield from _beside_the_image(subject)
    yield from _among_the_inputs(subject)


def _beside_the_image(subject: Subject) -> Iterator[Finding]:
    image, builder = subject.image.spec.image.file_name, subject.image.spec.builder
    metadata = (builder and builder.output_metadata_file_name) or METADATA_FILE
    if image.endswith(SIDE_FILES):
        yield subject.in_image(
            Reason.UNSAFE_FILE_NAME, "image.outputFileName", repr(image), f"a name without {', '.join(SIDE_FILES)}"
        )
    if metadata in (image, *(image + suffix for suffix in SIDE_FILES)):
        yield subject.in_image(
            Reason.UNSAFE_FILE_NAME, "builder.outputMetadataFileName", repr(metadata), "a name of its own"
        )


def _among_the_inputs(subject: Subject) -> Iterator[Finding]:
    user_data, network_config = seed_names(subject.image).values()
    for field, name, other in (
        ("userDataFileName", user_data, network_config),
        ("networkConfigFileName", network_config, user_data),
    ):
        if name in (*INPUT_FILES, other) or name.endswith(".gz"):
            right = "a name of its own, without .gz"
            yield subject.in_image(Reason.UNSAFE_FILE_NAME, f"builder.{field}", repr(name), right)
