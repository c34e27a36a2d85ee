"""Does each partition hold what its mount point needs, and is it large enough for that?"""

from collections.abc import Iterator, Mapping
from typing import Final

from airship_images.api.errors import Finding
from airship_images.api.reasons import Reason
from airship_images.spec.disk_sizes import MIB, bound_bytes, capacity_bytes
from airship_images.spec.rules.partition_roles import PATH
from airship_images.spec.rules.subject import Subject
from airship_images.spec.tree import Data

MOUNTED: Final = ("ext4", "vfat", "xfs")
WITH_FILES: Final = ("/", "/boot", "/root", "/usr", "/var")
"""Mount points below which packages have files: only ext4 is filled without a mount."""

SMALLEST: Final[Mapping[str, int]] = {"xfs": 300 * MIB, "esp": 36 * MIB, "swap": MIB}
"""Bytes: what mkfs.xfs makes, what is enough clusters for a FAT32, and more than a swap header."""


def partition_filesystems(subject: Subject) -> Iterator[Finding]:
    """A partition with another file system than its mount point can have, or too small for it."""
    storage = subject.node.data["storage"]
    capacity = capacity_bytes(storage["qcow_capacity"])
    for index, partition in enumerate(storage["partitions"]):
        found, right = partition.get("filesystem", {}).get("type"), _right(partition)
        at = f"{PATH}[{index}]"
        if found not in right:
            expected = " or ".join(kind or "none" for kind in right)
            yield subject.in_node(
                Reason.INVALID_INPUT,
                f"{at}.filesystem",
                found or "no file system",
                f"{expected} for {_what(partition)}",
            )
        start, end = (bound_bytes(partition[bound], capacity) for bound in ("part_start", "part_end"))
        smallest = SMALLEST.get("esp" if "esp" in partition.get("flags", []) else found or "", 0)
        if 0 < end - start < smallest:
            size = f"{(end - start) // MIB} MiB for {_what(partition)}"
            yield subject.in_node(Reason.INVALID_INPUT, at, size, f"{smallest // MIB} MiB or more")


def _right(partition: Data) -> tuple[str | None, ...]:
    mount, flags = partition["mount"], partition.get("flags", [])
    if "bios_grub" in flags:
        return (None,)
    if "esp" in flags:
        return ("vfat",)
    if mount == "none":
        return (None, "swap", *MOUNTED)
    inside = mount in WITH_FILES or mount.startswith("/usr/")
    return ("ext4",) if inside else MOUNTED


def _what(partition: Data) -> str:
    flags = partition.get("flags", [])
    return f"the flag {flags[0]}" if flags else f"mount {partition['mount']}"
