"""How does the configured root filesystem become a live ISO that starts with BIOS and UEFI, from a CD or a stick?

On it, live/ has the kernel, its initramfs (with live-boot, from the packages) and the root filesystem as squashfs;
openstack/ is what cloud-init finds on a volume named config-2, where there is anything for it.
"""

import os
import shutil
from concurrent.futures import Future
from pathlib import Path
from typing import Final

from airship_builder.bootloader import BIOS_CD, GRUB_READS, HYBRID_MBR, add_bios_cd, efi_image
from airship_builder.cache import Entry
from airship_builder.changes import Changes
from airship_builder.commit import read_facts
from airship_builder.configdrive import CONFIG_DRIVE, add_config_drive
from airship_builder.configured import configured_archive
from airship_builder.distribution import distribution
from airship_builder.job import Job
from airship_builder.liveiso import ISO_INITRD, ISO_KERNEL, iso_mark
from airship_builder.run import MINUTE, run

_GRUB_CONFIG: Final = "/boot/grub/grub.cfg"
_VOLUME: Final = "AIRSHIP"  # of an ISO that has nothing for cloud-init
_PATIENCE: Final = 30 * MINUTE  # xz on a slow machine; the one that hung was upstream's
_MEMORY: Final = "256M"


def write_iso(job: Job, rootfs: Entry, changes: Future[Changes]) -> None:
    """Everything on it has the time of the root filesystem: the same inputs give the same bytes."""
    archive = configured_archive(job, rootfs, changes)
    request, epoch = job.inputs.build_request(), int(rootfs.facts["epoch"])
    work = job.scratch / "iso"
    shutil.rmtree(work, ignore_errors=True)
    tree = work / "tree"
    for folder in ("live", "boot/grub", ".disk"):
        (tree / folder).mkdir(parents=True)
    _take_kernel(archive, read_facts(rootfs).kernel, tree)
    job.report(60, "squashfs", "compressing the root filesystem")
    _squash(job, archive, tree / "live/filesystem.squashfs", epoch)
    archive.unlink()
    job.report(90, "iso", "adding the boot loaders for BIOS and UEFI")
    mark = iso_mark(request.spec_hash)
    early = f"search.file {mark} root\nset prefix=($root)/boot/grub\nconfigfile $prefix/grub.cfg\n"
    (tree / mark[1:]).touch()
    (tree / "boot/grub/grub.cfg").write_bytes(changes.result().written[_GRUB_CONFIG].change.opened().read())
    add_bios_cd(tree, early)
    suite = distribution(request.distribution, request.suite)
    own = tree / "EFI" / GRUB_READS / "grub.cfg"  # started from a CD, GRUB looks here and not on the ESP
    own.parent.mkdir(parents=True)
    own.write_text(early)
    efi = efi_image(work / "efi.img", suite.efi_folder, early, epoch=epoch)
    volume = CONFIG_DRIVE if add_config_drive(job.inputs, tree) else _VOLUME
    _write(job.image, tree, efi, volume, epoch)
    shutil.rmtree(work)


def _take_kernel(archive: Path, version: str, tree: Path) -> None:
    names = {f"boot/vmlinuz-{version}": ISO_KERNEL, f"boot/initrd.img-{version}": ISO_INITRD}
    run("tar", "--extract", f"--file={archive}", f"--directory={tree}", *(f"./{name}" for name in names))
    for name, place in names.items():
        (tree / name).rename(tree / place[1:])


def _squash(job: Job, archive: Path, squashfs: Path, epoch: int) -> None:
    compression = job.inputs.image_vars().mksquashfs_compression
    argv = (
        *("mksquashfs", "-", str(squashfs), "-tar", "-comp", compression, "-mkfs-time", str(epoch)),
        *("-root-mode", "0755", "-root-uid", "0", "-root-gid", "0", "-root-time", str(epoch)),
        *("-noappend", "-no-progress", "-quiet", "-mem", _MEMORY),
    )
    run("sh", "-c", 'archive=$1; shift; exec "$@" <"$archive"', "sh", archive, *argv, timeout=_PATIENCE)


def _write(image: Path, tree: Path, efi: Path, volume: str, epoch: int) -> None:
    """El Torito for CDs of both firmwares; an MBR and the ESP as appended partition for what looks like a disk."""
    for path in (*tree.rglob("*"), tree):
        os.utime(path, (epoch, epoch))
    run(
        *("xorriso", "-as", "mkisofs", "-o", image, "-V", volume, "-r", "-J", "-joliet-long", "-iso-level", "3"),
        *("--grub2-mbr", HYBRID_MBR, "--protective-msdos-label", "-partition_cyl_align", "off"),
        *("-append_partition", "2", "0xef", efi, "-appended_part_as_gpt"),
        *("-c", "boot/grub/boot.cat", "-b", BIOS_CD, "-no-emul-boot", "-boot-load-size", "4", "-boot-info-table"),
        *("--grub2-boot-info", "-eltorito-alt-boot", "-e", "--interval:appended_partition_2:all::", "-no-emul-boot"),
        tree,
        env={"SOURCE_DATE_EPOCH": str(epoch), "TZ": "UTC"},
        quiet=True,
    )
