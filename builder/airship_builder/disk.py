"""Which disk does this root filesystem become? One GPT disk that boots, cached: each configuration starts from it."""

import os
import shutil
from pathlib import Path
from typing import Any, Final

from airship_builder.bootloader import LOADER_PACKAGES, add_bios, add_esp, root_uuid, volume_id
from airship_builder.cache import Cache, Entry
from airship_builder.commit import ARCHIVE, BASE
from airship_builder.distribution import distribution
from airship_builder.filesystem import FULL, too_small
from airship_builder.inventory import take_inventory
from airship_builder.job import Job
from airship_builder.layout import Layout, place
from airship_builder.run import ToolError, run
from airship_images.api.build import DISK_TYPES, BuildRequest
from airship_images.api.errors import InputError, OutsideError
from airship_images.api.reasons import Reason

DISK: Final = "disk.raw"


def disk(job: Job) -> None:
    """Make the disk of the request and store it in the cache; nothing when it is there.

    Raises InputError for partitions that cannot be, OutsideError when the root filesystem is missing or damaged.
    """
    request = job.inputs.build_request()
    if request.type not in DISK_TYPES:
        raise InputError("image.type", request.type, " or ".join(DISK_TYPES), reason=Reason.NOT_YET_SUPPORTED)
    variables = job.inputs.image_vars()
    layout = place(request.disk_hash, variables.qcow_capacity, variables.partitions)
    with job.cache.alone("disk", request.disk_hash):
        if job.cache.find("disk", request.disk_hash):
            job.cache.touch("rootfs", request.rootfs_hash)  # which would be missed as soon as the disk is
            job.note_cache_hit("disk")
            return
        rootfs = _rootfs(job.cache, request)
        facts = _facts(layout, rootfs)
        with job.cache.storing("disk", request.disk_hash, facts) as folder:
            shutil.copy(rootfs.file(BASE), folder / BASE)
            _make(job, layout, rootfs, folder / DISK)


def _rootfs(cache: Cache, request: BuildRequest) -> Entry:
    entry = cache.find("rootfs", request.rootfs_hash)
    if entry is None:
        raise OutsideError(
            f"root filesystem {request.rootfs_hash[:10]} is not in the cache; run fetch, rootfs and commit first",
            reason=Reason.CACHE_CORRUPT,
        )
    return entry


def _facts(layout: Layout, rootfs: Entry) -> dict[str, Any]:
    serial = volume_id(layout).upper()
    return {
        **rootfs.facts,
        "capacity": layout.capacity,
        "rootOffset": layout.root.offset,
        "rootUuid": root_uuid(layout),
        "loader": take_inventory(Path("/"), LOADER_PACKAGES).model_dump(by_alias=True),
        "espUuid": f"{serial[:4]}-{serial[4:]}" if layout.named("esp") else None,
    }


def _make(job: Job, layout: Layout, rootfs: Entry, disk: Path) -> None:
    request = job.inputs.build_request()
    suite = distribution(request.distribution, request.suite)
    epoch = int(rootfs.facts["epoch"])
    work = job.scratch / "disk"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    job.report(5, "partition", "writing the partition table")
    with disk.open("wb") as file:
        os.truncate(file.fileno(), layout.capacity)
    run("sfdisk", "--quiet", "--no-reread", "--no-tell-kernel", disk, stdin=layout.sfdisk())
    job.report(15, "filesystem", "writing the root filesystem")
    _add_root(disk, layout, rootfs.file(ARCHIVE), suite.ext4_features, epoch)
    job.report(80, "bootloader", "adding the boot loaders for BIOS and UEFI")
    add_bios(disk, layout, work)
    add_esp(disk, layout, suite.efi_folder, work, epoch=epoch)
    shutil.rmtree(work)


def _add_root(disk: Path, layout: Layout, archive: Path, features: str, epoch: int) -> None:
    root = layout.root
    options = (
        f"offset={root.offset}", "lazy_itable_init=1", "lazy_journal_init=1", "nodiscard", "root_owner=0:0",
        f"hash_seed={layout.uuid('hash-seed')}",
    )  # fmt: skip
    argv = (
        *("mke2fs", "-t", "ext4", "-F", "-q", "-L", "root", "-m", "1", "-O", features),
        *("-U", root_uuid(layout), "-E", ",".join(options), "-d", archive, disk, f"{root.bytes // 1024}k"),
    )
    try:
        run(*argv, sync=False, env={"SOURCE_DATE_EPOCH": str(epoch)})
    except ToolError as error:
        if FULL.search("\n".join(error.lines)):
            raise too_small() from error
        raise
