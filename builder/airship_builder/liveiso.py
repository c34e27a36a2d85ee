"""Is a file an ISO, and where on one of ours is what GRUB starts?"""

from pathlib import Path
from typing import Final

ISO_KERNEL: Final = "/live/vmlinuz"
ISO_INITRD: Final = "/live/initrd.img"
_DESCRIPTOR: Final = 16 * 2048 + 1  # bytes: the name in the first volume descriptor of ECMA-119
_NAME: Final = b"CD001"


def is_iso(image: Path) -> bool:
    """Does `image` begin as an ISO 9660 does?"""
    with image.open("rb") as file:
        file.seek(_DESCRIPTOR)
        return file.read(len(_NAME)) == _NAME


def live_boot(spec_hash: str) -> dict[str, str]:
    """How GRUB finds the ISO of this image and starts it, for the template of its configuration."""
    return {
        "search": f"--file {iso_mark(spec_hash)}",
        "kernel": ISO_KERNEL,
        "initrd": ISO_INITRD,
        "root": "boot=live",
    }


def iso_mark(spec_hash: str) -> str:
    """The file by which GRUB tells this ISO from another one in the same machine."""
    return f"/.disk/{spec_hash[:32]}"
