"""Which qcow2 does the disk become, before any configuration? Cached: a configuration changes a few of its clusters.

Beside it lies the metadata of each of its ext4 file systems as e2image takes it: a sparse file of some megabytes that
debugfs and e2fsck work on as if it were the whole file system.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from airship_builder.cache import Entry
from airship_builder.commit import BASE
from airship_builder.job import Job
from airship_builder.run import run
from airship_builder.signing import pass_on
from airship_builder.splice import to_qcow2

QCOW2: Final = "disk.qcow2"


@dataclass(frozen=True)
class Metadata:
    """Of an ext4 that begins at `start` bytes of the disk: as it is in the cache, and a copy to be changed."""

    start: int
    cached: Path
    copy: Path


def compress(job: Job, disk: Entry, raw: Path) -> None:
    """Store the qcow2 of the cached `disk`, whose bytes are in `raw`, with its facts."""
    job.report(90, "compress", "compressing the disk")
    with job.cache.storing("qcow2", job.inputs.build_request().disk_hash, dict(disk.facts)) as folder:
        shutil.copy(disk.file(BASE), folder / BASE)
        pass_on(disk, folder)
        to_qcow2(raw, folder / QCOW2)
        for number, start in enumerate(offsets(disk).values()):
            run("e2image", "-r", "-o", str(start), raw, folder / _metadata(number), sync=False, quiet=True)


def offsets(disk: Entry) -> Mapping[str, int]:
    """Where on the disk each ext4 begins, in bytes, by its mount."""
    return {one["mount"]: one["offset"] for one in disk.facts["filesystems"] if one["type"] == "ext4"}


def copy_metadata(disk: Entry, folder: Path) -> Mapping[str, Metadata]:
    """The metadata of each ext4 by its mount, with a copy in `folder`."""
    found = {}
    for number, (mount, start) in enumerate(offsets(disk).items()):
        name = _metadata(number)
        found[mount] = Metadata(start, disk.file(name), folder / name)
        run("cp", "--sparse=always", disk.file(name), folder / name, quiet=True)
    return found


def _metadata(number: int) -> str:
    return f"metadata-{number}.raw"
