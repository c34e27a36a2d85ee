"""What is the cached base with its configuration?"""

import shutil
from concurrent.futures import Future
from pathlib import Path
from typing import Final

from airship_builder.archive import merge, unpacked
from airship_builder.cache import Entry
from airship_builder.changes import Changes
from airship_builder.commit import ARCHIVE, read_facts
from airship_builder.disk import DISK
from airship_builder.filesystem import Filesystem
from airship_builder.job import Job
from airship_builder.mounts import holder, within
from airship_builder.run import run
from airship_images.api.errors import InputError

RAW: Final = "image.raw"
GRUB_CONFIG: Final = "/boot/grub/grub.cfg"


def configured_disk(job: Job, disk: Entry, changes: Future[Changes]) -> Path:
    """A copy of the cached disk with `changes`, which are waited for when it is made."""
    raw = raw_image(job)
    run("cp", "--reflink=auto", "--sparse=auto", disk.file(DISK), raw)
    wanted = changes.result()
    job.report(50, "write", f"writing {len(wanted.written)} changes")
    work = job.scratch / "changes"
    shutil.rmtree(work, ignore_errors=True)
    _apply(raw, disk, wanted, work)
    shutil.rmtree(work)
    job.image.parent.mkdir(parents=True, exist_ok=True)
    return raw


def configured_archive(job: Job, rootfs: Entry, changes: Future[Changes]) -> Path:
    """The root filesystem of the cache with `changes`, as a plain tar."""
    wanted = changes.result()
    job.report(40, "write", f"writing the root filesystem with {len(wanted.written)} changes")
    archive = job.scratch / "image.tar"
    with unpacked(rootfs.file(ARCHIVE)) as tar:
        merge(tar, wanted, rootfs.facts["epoch"], archive)
    job.image.parent.mkdir(parents=True, exist_ok=True)
    return archive


def _apply(raw: Path, disk: Entry, wanted: Changes, work: Path) -> None:
    """Write each change into the file system that its path lies on."""
    paths = read_facts(disk).paths
    mounts = {one["mount"]: one for one in disk.facts["filesystems"]}
    for path in (*wanted.written, *wanted.removed):
        on = mounts[holder(path, mounts)]
        if on["type"] != "ext4":
            raise InputError(path, f"a path on the {on['type']} of {on['mount']}", "one on ext4: others are made empty")
    for number, (mount, one) in enumerate(mounts.items()):
        written = within(wanted.written, mount, mounts)
        removed = tuple(within(dict.fromkeys(wanted.removed), mount, mounts))
        if written or removed:
            base = within(paths, mount, mounts)
            filesystem = Filesystem(raw, one["offset"], mount, base, disk.facts["epoch"])
            filesystem.apply(written, removed, work / str(number))


def raw_image(job: Job) -> Path:
    """The configured disk before it becomes the image's format."""
    return job.scratch / RAW
