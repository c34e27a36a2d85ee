"""How does the disk start? GRUB in the BIOS boot partition, and the distribution's signed shim and GRUB on the ESP."""

import os
import shutil
import struct
from pathlib import Path
from typing import Final

from airship_builder.layout import MIB, SECTOR, Layout, Placed
from airship_builder.run import run
from airship_images.api.errors import InputError

LOADER_PACKAGES: Final = frozenset({"grub-pc-bin", "shim-signed", "grub-efi-amd64-signed"})
"""The builder's own packages whose files are on the disk (docs/decisions/0002)."""

_BIOS_IMAGES: Final = Path("/usr/lib/grub/i386-pc")
_SHIM: Final = Path("/usr/lib/shim/shimx64.efi.signed")
_GRUB: Final = Path("/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed")
_GRUB_READS: Final = "debian"  # the folder of its configuration: the builder's GRUB is Debian's, whatever the image is
_MODULES: Final = (
    "biosdisk", "part_gpt", "ext2", "fat", "normal", "configfile", "search", "search_fs_uuid", "search_label",
    "linux", "boot", "echo", "test", "true", "halt", "reboot", "serial", "terminal", "minicmd", "ls", "cat", "help",
    "loadenv", "gzio", "zstd", "vbe", "video", "gfxterm", "all_video",
)  # fmt: skip

_SMALLEST_ESP: Final = 36 * MIB  # 65525 clusters, which make a FAT32, and its tables

# offsets of GRUB's i386-pc boot.img and diskboot.img (grub-core/boot/i386/pc/*.S)
_BOOT_CODE: Final = 440  # bytes of the MBR before the disk signature
_KERNEL_SECTOR: Final = 0x5C
_BOOT_DRIVE: Final = 0x64
_DRIVE_CHECK: Final = 0x66
_FIRST_BLOCKLIST: Final = SECTOR - 12


def add_bios(disk: Path, layout: Layout, work: Path) -> None:
    """Write boot.img into the MBR and core.img into the BIOS boot partition, as grub-bios-setup does on devices."""
    partition = layout.named("bios")
    if partition is None:
        return
    core = bytearray(_core_image(root_uuid(layout), work).read_bytes())
    if len(core) > partition.bytes:
        raise InputError(
            "partitions", f"a bios_grub partition of {partition.bytes} bytes", f"{len(core)} bytes or more"
        )
    boot = bytearray((_BIOS_IMAGES / "boot.img").read_bytes())
    struct.pack_into("<Q", boot, _KERNEL_SECTOR, partition.start)
    boot[_BOOT_DRIVE] = 0xFF  # the drive that the BIOS names
    boot[_DRIVE_CHECK : _DRIVE_CHECK + 2] = b"\x90\x90"  # no workaround for drives that name themselves wrongly
    _, _, segment = struct.unpack_from("<QHH", core, _FIRST_BLOCKLIST)
    sectors = -(-len(core) // SECTOR) - 1
    struct.pack_into("<QHH", core, _FIRST_BLOCKLIST, partition.start + 1, sectors, segment)
    with disk.open("r+b") as file:
        file.write(boot[:_BOOT_CODE])
        file.seek(partition.offset)
        file.write(core)


def add_esp(disk: Path, layout: Layout, efi_folder: str, work: Path, *, epoch: int) -> None:
    """Format the EFI system partition and fill it; shim is also the fallback loader, so no NVRAM entry is needed."""
    partition = layout.named("esp")
    if partition is None:
        return
    _format(disk, partition, volume_id(layout), epoch)
    tree = work / "esp"
    distribution = tree / "EFI" / efi_folder
    fallback = tree / "EFI/BOOT"
    for folder in (distribution, fallback):
        folder.mkdir(parents=True)
        shutil.copy(_GRUB, folder / "grubx64.efi")
    shutil.copy(_SHIM, distribution / "shimx64.efi")
    shutil.copy(_SHIM, fallback / "BOOTX64.EFI")
    for folder in {distribution, tree / "EFI" / _GRUB_READS}:
        folder.mkdir(exist_ok=True)
        (folder / "grub.cfg").write_text(_early_config(root_uuid(layout)))
    for path in [*tree.rglob("*")]:
        os.utime(path, (epoch, epoch))
    run("mcopy", "-s", "-m", "-Q", "-i", f"{disk}@@{partition.offset}", tree / "EFI", "::/", env=_mtools(epoch))


def root_uuid(layout: Layout) -> str:
    """The UUID of the root file system, by which boot loader, kernel and fstab find it."""
    return layout.uuid("root-filesystem")


def volume_id(layout: Layout) -> str:
    """The serial number of the ESP's file system, eight hexadecimal digits."""
    return layout.uuid("esp-volume")[:8]


def _format(disk: Path, partition: Placed, serial: str, epoch: int) -> None:
    """Clusters of one sector: firmware tells FAT32 by their number, which is enough from _SMALLEST_ESP on."""
    if partition.bytes < _SMALLEST_ESP:
        found = f"an ESP of {partition.bytes // MIB} MiB"
        raise InputError("storage.partitions", found, f"{_SMALLEST_ESP // MIB} MiB or more")
    run(
        *("mkfs.vfat", "-F", "32", "-s", "1", "-n", "ESP", "-i", serial, "--offset", str(partition.start)),
        *(disk, str(partition.bytes // 1024)),
        env=_mtools(epoch),
        quiet=True,
    )


def _mtools(epoch: int) -> dict[str, str]:
    return {"MTOOLS_SKIP_CHECK": "1", "SOURCE_DATE_EPOCH": str(epoch), "TZ": "UTC"}


def _core_image(uuid: str, work: Path) -> Path:
    early, core = work / "early.cfg", work / "core.img"
    early.write_text(_early_config(uuid))
    run("grub-mkimage", "-O", "i386-pc", "-o", core, "-p", "/boot/grub", "-c", early, *_MODULES)
    return core


def _early_config(uuid: str) -> str:
    return f"search.fs_uuid {uuid} root\nset prefix=($root)/boot/grub\nconfigfile $prefix/grub.cfg\n"
