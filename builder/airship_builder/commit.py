"""What did the package manager make? One archive with its facts, in the cache under the hash of its inputs."""

from pathlib import Path
from typing import Final

from airship_builder.attributes import OF_TAR
from airship_builder.base import Base, read_base
from airship_builder.cache import Entry
from airship_builder.inventory import take_inventory
from airship_builder.job import Job
from airship_builder.rootfs import newest_kernel
from airship_builder.run import run
from airship_builder.signing import keep_for_signing
from airship_builder.vendor import base_disk

ARCHIVE: Final = "rootfs.tar.zst"
BASE: Final = "base.json"
VENDOR_DISK: Final = "vendor.raw"


def commit(job: Job) -> None:
    """Store the root filesystem of the scratch folder in the cache; nothing when it is there."""
    key = job.inputs.rootfs_request().rootfs_hash
    with job.cache.alone("rootfs", key):
        if job.cache.peek("rootfs", key):
            return
        job.report(10, "index", "reading the root filesystem")
        inventory = take_inventory(job.tree)
        base = read_base(job.tree, newest_kernel(job.tree), (one.name for one in inventory.packages))
        facts = {
            "lock": job.noted("lock"),
            "packages": job.noted("packages"),
            "epoch": job.noted("epoch"),
            "inventory": inventory.model_dump(by_alias=True),
            "filesystems": job.noted("filesystems"),
            "seconds": job.noted("seconds", {}),
        }
        with job.cache.storing("rootfs", key, facts) as folder:
            (folder / BASE).write_text(base.model_dump_json(by_alias=True))
            keep_for_signing(job, base.kernel, folder)
            job.report(30, "pack", "packing the root filesystem")
            if job.inputs.rootfs_vars().base:
                run("cp", "--reflink=auto", "--sparse=auto", base_disk(job), folder / VENDOR_DISK)
            else:
                _pack(job.tree, folder / ARCHIVE, job.noted("epoch"))


def read_facts(entry: Entry) -> Base:
    """What is in the root filesystem of a cache entry that was made of it."""
    return Base.model_validate_json(entry.file(BASE).read_text())


def _pack(tree: Path, archive: Path, epoch: int) -> None:
    """Sorted, with numeric owners and no time later than `epoch`: the same tree gives the same bytes."""
    run(
        *("tar", "--create", f"--file={archive}", f"--directory={tree}", "--use-compress-program=zstd -T0 -1"),
        *("--sort=name", "--numeric-owner", *OF_TAR, f"--mtime=@{epoch}", "--clamp-mtime"),
        *("--format=posix", "--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime", "."),
    )
