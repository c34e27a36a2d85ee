"""What did an upstream builder make, and is it what it says? Its image is taken over, and its word for nothing."""

import hashlib
from pathlib import Path
from typing import Annotated, Final

import yaml
from pydantic import ConfigDict, Field, StringConstraints, ValidationError

from airship_builder.imageinfo import FORMATS, expect_whole
from airship_builder.inventory import Inventory
from airship_builder.job import Job
from airship_images.api.build import V1_FOLDER, FileName
from airship_images.api.errors import InputError, OutsideError
from airship_images.api.model import Document
from airship_images.api.reasons import Reason

_BUILDER: Final = "builder.image"


class Metadata(Document):
    """output-metadata.yaml of upstream, whose path is one of the builder's own host; it may say more."""

    model_config = ConfigDict(extra="ignore")

    boot_image_path: Annotated[str, Field(max_length=4096)]
    md5sum: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]


class _Named(Document):
    name: FileName


def take_in(job: Job) -> None:
    """Move the image that the metadata names to where our own phases look for it.

    Raises InputError when the builder broke its contract, OutsideError when the bytes are not those of its checksum.
    """
    volume = job.scratch / V1_FOLDER
    metadata = _metadata(volume, job.inputs.build_request().metadata_file_name)
    image = _image(volume, metadata.boot_image_path)
    found = _md5(image)
    if found != metadata.md5sum:
        message = f"{image.name} has the MD5 {found}, and its builder says {metadata.md5sum}"
        raise OutsideError(message, reason=Reason.TOOL_FAILED)
    expect_whole(image, _BUILDER, (FORMATS[job.inputs.build_request().type],))
    job.note("lock", [])
    job.note("inventory", Inventory(system="", version="", packages=()).model_dump(mode="json", by_alias=True))
    job.note("epoch", int(image.stat().st_mtime))
    job.image.parent.mkdir(parents=True, exist_ok=True)
    image.rename(job.image)


def _metadata(volume: Path, name: str) -> Metadata:
    path = volume / name
    if path.is_symlink() or not path.is_file():
        raise InputError(_BUILDER, f"a builder that left no {name}", f"one that writes {name} into its volume")
    try:
        told = yaml.load(path.read_text(), yaml.BaseLoader)  # noqa: S506  (safe, and a checksum of digits stays a text)
        return Metadata.model_validate(told)
    except (ValidationError, yaml.YAMLError, UnicodeDecodeError) as error:
        expected = "bootImagePath and md5sum, as Airship's builder writes them"
        raise InputError(f"{_BUILDER}: {name}", "something else", expected) from error


def _image(volume: Path, told: str) -> Path:
    """The file in the volume; only the last part of what the builder says counts, and it leads nowhere else."""
    try:
        path = volume / _Named(name=Path(told).name).name
    except ValidationError as error:
        raise InputError(f"{_BUILDER}: bootImagePath", repr(told), "a path that ends in a plain file name") from error
    if path.is_symlink() or not path.is_file():
        raise InputError(f"{_BUILDER}: bootImagePath", f"{path.name}, which is no file", "the image, in its volume")
    return path


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
