"""How does the disk start? GRUB in the BIOS boot partition, and the distribution's signed shim and GRUB on the ESP."""

import os
import shutil
import struct
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from airship_builder.inventory import take_inventory
from airship_builder.layout import MIB, SECTOR, Layout
from airship_builder.run import run
from airship_images.api.errors import InputError

LOADER_PACKAGES: Final = frozenset({"grub-pc-bin", "shim-signed", "grub-efi-amd64-signed"})
"""The builder's own packages whose files are on the disk (docs/decisions/0002)."""
BIOS_CD: Final = "boot/grub/eltorito.img"
"""GRUB's place on a CD."""
HYBRID_MBR: Final = Path("/usr/lib/grub/i386-pc/boot_hybrid.img")
"""What starts GRUB when a CD's image is on a disk."""

_BIOS_IMAGES: Final = Path("/usr/lib/grub/i386-pc")
_SHIM: Final = Path("/usr/lib/shim/shimx64.efi.signed")
_GRUB: Final = Path("/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed")
GRUB_READS: Final = "debian"  # the folder of its configuration: the builder's GRUB is Debian's, whatever the image is
_MODULES: Final = (
    "biosdisk", "part_gpt", "ext2", "fat", "normal", "configfile", "search", "search_fs_uuid", "search_label",
    "linux", "boot", "echo", "test", "true", "halt", "reboot", "serial", "terminal", "minicmd", "ls", "cat", "help",
    "loadenv", "gzio", "zstd", "vbe", "video", "gfxterm", "all_video",
)  # fmt: skip

_CD_ESP: Final = 12 * MIB

# offsets of GRUB's i386-pc boot.img and diskboot.img (grub-core/boot/i386/pc/*.S)
_BOOT_CODE: Final = 440  # bytes of the MBR before the disk signature
_KERNEL_SECTOR: Final = 0x5C
_BOOT_DRIVE: Final = 0x64
_DRIVE_CHECK: Final = 0x66
_FIRST_BLOCKLIST: Final = SECTOR - 12


def loader_inventory() -> dict[str, Any]:
    """The builder's packages that boot loaders come from, for the SBOM of what gets them."""
    return take_inventory(Path("/"), LOADER_PACKAGES).model_dump(by_alias=True)


def add_bios(disk: Path, layout: Layout, work: Path) -> None:
    """Write boot.img into the MBR and core.img into the BIOS boot partition, as grub-bios-setup does on devices."""
    partition = layout.named("bios")
    if partition is None:
        return
    image = work / "core.img"
    _mkimage("i386-pc", image, f"{boot_folder(layout)}/grub", _early_config(layout), _MODULES)
    core = bytearray(image.read_bytes())
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
    """Fill the formatted EFI system partition; shim is also the fallback loader, so no NVRAM entry is needed."""
    partition = layout.named("esp")
    if partition is None:
        return
    _fill(f"{disk}@@{partition.offset}", efi_folder, _early_config(layout), work / "esp", epoch)


def add_bios_cd(tree: Path, early: str) -> None:
    """Write GRUB into the `tree` of an ISO; `early` is its first configuration."""
    modules = (*_MODULES, "iso9660", "search_fs_file")
    _mkimage("i386-pc-eltorito", tree / BIOS_CD, "/boot/grub", early, modules)


def efi_image(image: Path, efi_folder: str, early: str, *, epoch: int) -> Path:
    """An EFI system partition of its own, as a file; `early` is the first configuration of its GRUB."""
    run(
        *("mkfs.vfat", "-C", "-F", "16", "-n", "ESP", "-i", f"{epoch & 0xFFFFFFFF:08x}", image, str(_CD_ESP // 1024)),
        env=_mtools(epoch),
        quiet=True,
    )
    _fill(str(image), efi_folder, early, image.with_suffix(""), epoch)
    return image


def _fill(target: str, efi_folder: str, early: str, tree: Path, epoch: int) -> None:
    distribution = tree / "EFI" / efi_folder
    fallback = tree / "EFI/BOOT"
    for folder in (distribution, fallback):
        folder.mkdir(parents=True)
        shutil.copy(_GRUB, folder / "grubx64.efi")
    shutil.copy(_SHIM, distribution / "shimx64.efi")
    shutil.copy(_SHIM, fallback / "BOOTX64.EFI")
    for folder in {distribution, tree / "EFI" / GRUB_READS}:
        folder.mkdir(exist_ok=True)
        (folder / "grub.cfg").write_text(early)
    for path in [*tree.rglob("*")]:
        os.utime(path, (epoch, epoch))
    _copy_in(target, tree, epoch)


def _copy_in(target: str, tree: Path, epoch: int) -> None:
    """One by one: `mcopy -s` goes by the order that the file system of `tree` gives, and so would the bytes."""
    for path in sorted(tree.rglob("*")):
        inside = f"::/{path.relative_to(tree)}"
        argv = ("mmd", "-i", target, inside) if path.is_dir() else ("mcopy", "-m", "-Q", "-i", target, path, inside)
        run(*argv, env=_mtools(epoch), quiet=True)


def boot_folder(layout: Layout) -> str:
    """Where /boot is on the partition that holds it."""
    return "" if layout.boot is not layout.root else "/boot"


def _mtools(epoch: int) -> dict[str, str]:
    return {"MTOOLS_SKIP_CHECK": "1", "SOURCE_DATE_EPOCH": str(epoch), "TZ": "UTC"}


def _mkimage(kind: str, image: Path, prefix: str, early: str, modules: Sequence[str]) -> None:
    with tempfile.NamedTemporaryFile("w", dir=image.parent) as config:
        config.write(early)
        config.flush()
        run("grub-mkimage", "-O", kind, "-o", image, "-p", prefix, "-c", config.name, *modules)


def _early_config(layout: Layout) -> str:
    found = f"search.fs_uuid {layout.filesystem_uuid(layout.boot)} root"
    return f"{found}\nset prefix=($root){boot_folder(layout)}/grub\nconfigfile $prefix/grub.cfg\n"
