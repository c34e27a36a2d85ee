"""Which disk does this root filesystem become? One GPT disk that boots, cached: each configuration starts from it."""

import os
import shutil
from pathlib import Path
from typing import Any, Final, Literal

from airship_builder.bootloader import add_bios, add_esp, boot_folder, loader_inventory
from airship_builder.cache import Cache, Entry
from airship_builder.commit import ARCHIVE, BASE, VENDOR_DISK, read_facts
from airship_builder.compressed import compress
from airship_builder.distribution import distribution
from airship_builder.download import Wanted, download
from airship_builder.job import Job
from airship_builder.layout import Layout, capacity_bytes, place
from airship_builder.mounts import fstab
from airship_builder.partitions import Partitions
from airship_builder.run import run
from airship_builder.signing import pass_on
from airship_builder.usercode import fetch_user_code, has_user_code
from airship_builder.vendor import grow_base
from airship_images.api.build import DISK_TYPES, BuildRequest, CacheLookup
from airship_images.api.errors import OutsideError
from airship_images.api.reasons import Reason

DISK: Final = "disk.raw"
LARGEST_FILE: Final = 2 << 30
"""Bytes of a file of fetch_from_url."""


def disk(job: Job) -> CacheLookup | None:
    """Make what the format begins with, and store it in the cache with the files from elsewhere; what is there stays.

    Raises InputError for partitions that cannot be, OutsideError when the root filesystem is missing or damaged.
    """
    fetch_user_code(job)
    request = job.inputs.build_request()
    _fetch(job)
    kind, key = beginning(request)
    if kind == "rootfs" or has_user_code(job):  # which runs in it
        _rootfs(job.cache, request)
    if kind == "rootfs":
        return None
    with job.cache.alone(kind, key):
        if job.cache.find(kind, key):
            job.cache.touch("rootfs", request.rootfs_hash)  # which would be missed as soon as the disk is
            job.note_cache_hit("disk")
            return CacheLookup(entry="disk", hit=True)
        if kind == "qcow2":
            _qcow2(job, request)
        else:
            _disk(job, request)
        return CacheLookup(entry="disk", hit=False)


def beginning(request: BuildRequest) -> tuple[Literal["rootfs", "disk", "qcow2"], str]:
    """The kind and the key of the cache entry that the image's format begins with."""
    if request.type not in DISK_TYPES:
        return "rootfs", request.rootfs_hash
    return ("qcow2" if request.type == "qcow2" else "disk"), request.disk_hash


def _qcow2(job: Job, request: BuildRequest) -> None:
    """Of the cached disk, or of one that is made for it alone: to keep that too would take longer than to make it."""
    if found := job.cache.find("disk", request.disk_hash):
        compress(job, found, found.file(DISK))
        return
    rootfs = _rootfs(job.cache, request)
    folder = job.scratch / "whole"
    shutil.rmtree(folder, ignore_errors=True)  # of a run that died in the same scratch folder
    folder.mkdir(parents=True)
    _write(job, request, rootfs, folder)
    compress(job, Entry(folder, _facts(job, request, rootfs)), folder / DISK)
    shutil.rmtree(folder)


def _disk(job: Job, request: BuildRequest) -> None:
    rootfs = _rootfs(job.cache, request)
    with job.cache.storing("disk", request.disk_hash, _facts(job, request, rootfs)) as folder:
        _write(job, request, rootfs, folder)


def _write(job: Job, request: BuildRequest, rootfs: Entry, folder: Path) -> None:
    """The disk of `rootfs` and the facts beside it."""
    if rootfs.file(VENDOR_DISK).exists():
        shutil.copy(rootfs.file(BASE), folder / BASE)
        grow_base(rootfs.file(VENDOR_DISK), folder / DISK, capacity_bytes(job.inputs.image_vars().qcow_capacity))
        return
    pass_on(rootfs, folder)
    _make(job, _layout(job, request), rootfs, folder)


def _layout(job: Job, request: BuildRequest) -> Layout:
    variables = job.inputs.image_vars()
    return place(request.disk_hash, variables.qcow_capacity, variables.partitions)


def _fetch(job: Job) -> None:
    """Bring the files from elsewhere into the cache, for `configure`, which has no right to write there."""
    files = job.inputs.fetched()
    for number, file in enumerate(files):
        job.report(1 + 4 * number // len(files), "fetch", f"fetching {file.name}")
        field = f"system.fetch_from_url[{file.name}]"
        download(job.cache, Wanted(field, file.url, file.sha256, LARGEST_FILE, proxy=file.use_proxy))


def _rootfs(cache: Cache, request: BuildRequest) -> Entry:
    entry = cache.find("rootfs", request.rootfs_hash)
    if entry is None:
        raise OutsideError(
            f"root filesystem {request.rootfs_hash[:10]} is not in the cache; run fetch, rootfs and commit first",
            reason=Reason.CACHE_CORRUPT,
        )
    return entry


def _facts(job: Job, request: BuildRequest, rootfs: Entry) -> dict[str, Any]:
    if rootfs.file(VENDOR_DISK).exists():
        return dict(rootfs.facts)
    layout = _layout(job, request)
    filesystems = [{"mount": one.mount, "type": one.filesystem, "offset": one.offset} for one in layout.mounted]
    return {
        **rootfs.facts,
        "filesystems": filesystems,
        "fstab": fstab(layout),
        "boot": _boot(layout, read_facts(rootfs).kernel),
        "loader": loader_inventory(),
    }


def _boot(layout: Layout, kernel: str) -> dict[str, str]:
    """How GRUB finds what it starts, for the template of its configuration."""
    return {
        "search": f"--fs-uuid {layout.filesystem_uuid(layout.boot)}",
        "kernel": f"{boot_folder(layout)}/vmlinuz-{kernel}",
        "initrd": f"{boot_folder(layout)}/initrd.img-{kernel}",
        "root": f"root=UUID={layout.filesystem_uuid(layout.root)} ro",
    }


def _make(job: Job, layout: Layout, rootfs: Entry, folder: Path) -> None:
    request = job.inputs.build_request()
    suite = distribution(request.distribution, request.suite)
    epoch = int(rootfs.facts["epoch"])
    base = read_facts(rootfs)
    work = job.scratch / "disk"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    job.report(5, "partition", "writing the partition table")
    disk = folder / DISK
    with disk.open("wb") as file:
        os.truncate(file.fileno(), layout.capacity)
    run("sfdisk", "--quiet", "--no-reread", "--no-tell-kernel", disk, stdin=layout.sfdisk())
    job.report(15, "filesystem", "writing the root filesystem")
    partitions = Partitions(disk, layout, suite.ext4_features, epoch, work)
    paths = partitions.fill(rootfs.file(ARCHIVE), base.paths)
    (folder / BASE).write_text(base.model_copy(update={"paths": paths}).model_dump_json(by_alias=True))
    job.report(80, "bootloader", "adding the boot loaders for BIOS and UEFI")
    add_bios(disk, layout, work)
    add_esp(disk, layout, suite.efi_folder, work, epoch=epoch)
    shutil.rmtree(work)
