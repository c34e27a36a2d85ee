"""Which qcow2 does the disk become, before any configuration? Cached: a configuration changes a few of its clusters.

Beside it lies the metadata of each of its ext4 file systems as e2image takes it: a sparse file of some megabytes that
debugfs and e2fsck work on as if it were the whole file system.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from airship_builder.cache import Entry
from airship_builder.commit import BASE
from airship_builder.job import Job
from airship_builder.run import run
from airship_builder.signing import pass_on
from airship_builder.splice import to_qcow2

QCOW2: Final = "disk.qcow2"


def compress(job: Job, disk: Entry, raw: Path) -> None:
    """Store the qcow2 of the cached `disk`, whose bytes are in `raw`, with its facts."""
    job.report(90, "compress", "compressing the disk")
    with job.cache.storing("qcow2", job.inputs.build_request().disk_hash, dict(disk.facts)) as folder:
        shutil.copy(disk.file(BASE), folder / BASE)
        pass_on(disk, folder)
        to_qcow2(raw, folder / QCOW2)
        for mount, offset in offsets(disk).items():
            target = folder / metadata_file(disk, mount)
            run("e2image", "-r", "-o", str(offset), raw, target, sync=False, quiet=True)


def offsets(disk: Entry) -> Mapping[str, int]:
    """Where on the disk each ext4 begins, in bytes, by its mount."""
    return {one["mount"]: one["offset"] for one in disk.facts["filesystems"] if one["type"] == "ext4"}


def metadata_file(disk: Entry, mount: str) -> str:
    """The name of the file with the metadata of the ext4 that is mounted at `mount`."""
    return f"metadata-{[*offsets(disk)].index(mount)}.raw"


def copy_metadata(disk: Entry, folder: Path) -> Mapping[str, Path]:
    """A copy of the metadata of each ext4 in `folder`, by mount."""
    copies = {mount: folder / metadata_file(disk, mount) for mount in offsets(disk)}
    for copy in copies.values():
        run("cp", "--sparse=always", disk.file(copy.name), copy, quiet=True)
    return copies
