"""What is the cached base with its configuration?"""

import shutil
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from airship_builder.archive import merge, unpacked
from airship_builder.cache import Entry
from airship_builder.changes import Changes
from airship_builder.commit import ARCHIVE, read_facts
from airship_builder.compressed import offsets
from airship_builder.disk import DISK
from airship_builder.filesystem import Filesystem
from airship_builder.job import Job
from airship_builder.mounts import ROOT, holder, inside, within
from airship_builder.overlay import Owned
from airship_builder.run import run
from airship_images.api.errors import InputError
from airship_images.api.reasons import Reason

RAW: Final = "image.raw"


def configured_disk(job: Job, disk: Entry, changes: Future[Changes]) -> Path:
    """A copy of the cached disk with `changes`, which are waited for when it is made."""
    raw = job.scratch / RAW
    run("cp", "--reflink=auto", "--sparse=auto", disk.file(DISK), raw)
    with workplace(job) as work:
        places = {mount: f"{raw}?offset={start}" for mount, start in offsets(disk).items()}
        apply_changes(job, disk, changes.result(), places, work)
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


@contextmanager
def workplace(job: Job) -> Iterator[Path]:
    """A folder for the time of a `with` block; the image's own is there too."""
    work = job.scratch / "changes"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    job.image.parent.mkdir(parents=True, exist_ok=True)
    yield work
    shutil.rmtree(work)


def apply_changes(job: Job, disk: Entry, wanted: Changes, places: Mapping[str, str], work: Path) -> None:
    """Write each change into the file system that its path lies on; `places` are the ext4s by mount, for debugfs."""
    job.report(50, "write", f"writing {len(wanted.written)} changes")
    paths = read_facts(disk).paths
    mounts = {one["mount"]: one for one in disk.facts["filesystems"]}
    check_places(wanted, {mount: one["type"] for mount, one in mounts.items()})
    for number, mount in enumerate(mounts):
        written = within(wanted.written, mount, mounts)
        removed = tuple(within(dict.fromkeys(wanted.removed), mount, mounts))
        if written or removed:
            written = {path: _within(path, one_change, mount, mounts) for path, one_change in written.items()}
            base = within(paths, mount, mounts)
            filesystem = Filesystem(places[mount], mount, base, disk.facts["epoch"])
            filesystem.apply(written, removed, work / str(number))


def check_places(wanted: Changes, types: Mapping[str, str]) -> None:
    """Raise InputError for what no disk with these file systems can take; `types` are theirs, by mount."""
    for path in (*wanted.written, *wanted.removed):
        mount = holder(path, types)
        if types[mount] != "ext4":
            raise InputError(path, f"a path on the {types[mount]} of {mount}", "one on ext4: others are made empty")
        if path == mount and path in wanted.removed:
            found = "a mount point of storage.partitions that users' code takes away"
            raise InputError(path, found, "a directory that stays", reason=Reason.SCRIPT_FAILED)


def _within(path: str, owned: Owned, mount: str, mounts: Collection[str]) -> Owned:
    """A hard link with its target as seen from the root of the file system at `mount`, on which both must be."""
    if owned.change.kind != "hard link":
        return owned
    target = owned.change.target
    if holder(target, mounts) != mount:
        raise InputError(inside(target, ROOT), f"another name of it, {path}, on another partition", "both on one")
    return replace(owned, change=replace(owned.change, target=inside(target, mount)))
