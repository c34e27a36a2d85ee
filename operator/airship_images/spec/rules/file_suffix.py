"""Does the name of the file say what the file is?"""

from collections.abc import Iterator, Mapping
from typing import Final

from airship_images.api.build import ImageType
from airship_images.api.errors import Finding
from airship_images.api.reasons import Reason
from airship_images.spec.rules.subject import Subject

SUFFIXES: Final[Mapping[ImageType, tuple[str, ...]]] = {
    "qcow2": (".qcow2",),
    "raw": (".raw", ".img"),
    "vmdk": (".vmdk",),
    "iso": (".iso",),
    "rootfs": (".tar.zst",),
    "oci": (".oci", ".tar"),
}
"""How names of each type may end, beside what means nothing here."""

OTHERS: Final = (".gz", ".xz", ".bz2", ".zip", ".zst", ".tgz", ".vhd", ".vhdx", ".vdi", ".ova")


def file_suffix(subject: Subject) -> Iterator[Finding]:
    """A name that ends as those of another format or compression do: the type decides, and programs believe names."""
    image = subject.image.spec.image
    right = SUFFIXES[image.type]
    wrong = (*OTHERS, *(suffix for suffixes in SUFFIXES.values() for suffix in suffixes))
    if image.file_name.endswith(wrong) and not image.file_name.endswith(right):
        path = "image.outputFileName" if image.source is None else "image.source.url"
        found = f"{image.file_name!r} for type {image.type}"
        yield subject.in_image(Reason.INVALID_INPUT, path, found, f"a name with {' or '.join(right)}")
