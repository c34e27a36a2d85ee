"""Where does each partition begin and end, in sectors of 512 bytes?"""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from airship_builder.inputs import Partition
from airship_images.api.errors import InputError
from airship_images.api.reasons import Reason

SECTOR: Final = 512  # bytes
MIB: Final = 1 << 20
_GPT_TAIL: Final = 33  # sectors of the backup table at the end
_ALIGNMENT: Final = MIB // SECTOR

_CAPACITY: Final = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}  # as qemu-img
_BOUND: Final = {  # as parted: two letters are powers of ten, three are powers of two
    "B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12,
    "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40, "s": SECTOR,
}  # fmt: skip

# the types of the UEFI specification and of the Discoverable Partitions Specification
_FLAGGED: Final = {
    "esp": ("esp", "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"),
    "bios_grub": ("bios", "21686148-6449-6E6F-744E-656564454649"),
}
_MOUNTED: Final = {
    "/": "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709",
    "/boot": "BC13C2FF-59E6-4262-A352-B275FD6F7172",
    "/home": "933AC7E1-2EB4-4F13-B844-0E14E2AEF915",
    "/srv": "3B8F8425-20E0-4F3B-907F-1A25A76F98E8",
    "/usr": "8484680C-9521-48C6-9C11-B0720656F69E",
    "/var": "4D21B016-B534-45C2-A9FB-5C16E091FD2D",
    "/var/tmp": "7EC6F557-3BC5-4ACA-B293-16EF5DF639D1",  # noqa: S108  (a mount point of the image)
}
_SWAP: Final = "0657FD6D-A4AB-43C4-84E5-0933C84B4F4F"
_DATA: Final = "0FC63DAF-8483-4772-8E79-3D69D8477DE4"
_LONGEST_NAME: Final = 36  # characters of a name in a GPT


@dataclass(frozen=True)
class Placed:
    """One partition on the disk."""

    number: int
    name: str
    type: str
    start: int  # sector
    size: int  # sectors
    partition: Partition

    @property
    def offset(self) -> int:
        """Bytes from the beginning of the disk."""
        return self.start * SECTOR

    @property
    def bytes(self) -> int:
        """Its size in bytes."""
        return self.size * SECTOR

    @property
    def mount(self) -> str:
        """Where it is mounted, or none."""
        return self.partition.mount

    @property
    def filesystem(self) -> str | None:
        """The type of its file system."""
        return self.partition.filesystem.type if self.partition.filesystem else None


@dataclass(frozen=True)
class Layout:
    """A whole disk; every identifier follows from `key`."""

    key: str
    capacity: int  # bytes
    placed: tuple[Placed, ...]

    def uuid(self, name: str) -> str:
        """The identifier of the thing called `name` on this disk."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"airshipit.org/disk/{self.key}/{name}"))

    @property
    def root(self) -> Placed:
        """The partition of the root filesystem, which is always the first."""
        return self.placed[0]

    @property
    def mounted(self) -> tuple[Placed, ...]:
        """The partitions that have a mount point, in the order of the list."""
        return tuple(placed for placed in self.placed if placed.filesystem and placed.mount != "none")

    @property
    def trees(self) -> dict[str, Placed]:
        """The partitions that hold files of the root filesystem, by their mount point."""
        return {placed.mount: placed for placed in self.mounted if placed.filesystem == "ext4"}

    @property
    def boot(self) -> Placed:
        """The partition that the kernel is on."""
        return self.trees.get("/boot", self.root)

    def named(self, name: str) -> Placed | None:
        """The partition called root, esp or bios."""
        return next((placed for placed in self.placed if placed.name == name), None)

    def filesystem_uuid(self, placed: Placed) -> str:
        """The identifier of the file system of `placed`, as blkid prints it."""
        whole = self.uuid(f"filesystem {placed.number}")
        return f"{whole[:4]}-{whole[4:8]}".upper() if placed.filesystem == "vfat" else whole

    def sfdisk(self) -> str:
        """The script for sfdisk(8)."""
        head = ["label: gpt", f"label-id: {self.uuid('disk')}", "unit: sectors", f"first-lba: {_ALIGNMENT}"]
        lines = [
            f"/dev/disk{one.number} : start={one.start}, size={one.size}, type={one.type},"
            f' uuid={self.uuid(f"partition {one.number}")}, name="{one.name}"'
            for one in self.placed
        ]
        return "\n".join([*head, "", *lines]) + "\n"


def place(key: str, capacity: str, partitions: Sequence[Partition]) -> Layout:
    """The layout of a disk of `capacity` (as qemu-img: 4G); raises InputError when a bound is wrong."""
    size = capacity_bytes(capacity)
    placed = [_place(number, partition, size) for number, partition in enumerate(partitions, start=1)]
    if placed[0].name != "root":
        raise InputError(
            "partitions[0].mount", partitions[0].mount, "/ (root is partition 1)", reason=Reason.ROOT_NOT_FIRST
        )
    ordered = sorted(placed, key=lambda one: one.start)
    for before, after in pairwise(ordered):
        if before.start + before.size > after.start:
            found = f"{after.name} begins inside {before.name}"
            raise InputError("partitions", found, "partitions side by side", reason=Reason.PARTITION_OVERLAP)
    return Layout(key, size, tuple(placed))


def _place(number: int, partition: Partition, capacity: int) -> Placed:
    path = f"partitions[{number - 1}]"
    start = _bound(f"{path}.part_start", partition.part_start, capacity) // SECTOR
    end = _bound(f"{path}.part_end", partition.part_end, capacity) // SECTOR
    if not _ALIGNMENT <= start < end:
        found = f"{partition.part_start} to {partition.part_end}"
        raise InputError(path, found, "a start of 1MiB or more, and an end after it on the disk")
    return Placed(number, *_name_and_type(number, partition), start, end - start, partition)


def _name_and_type(number: int, partition: Partition) -> tuple[str, str]:
    for flag in partition.flags:
        return _FLAGGED[flag]
    if partition.mount == "/":
        return "root", _MOUNTED["/"]
    if partition.filesystem and partition.filesystem.type == "swap":
        return f"swap-{number}", _SWAP
    name = f"data-{number}" if partition.mount == "none" else partition.mount[1:].replace("/", "-")
    return name[:_LONGEST_NAME], _MOUNTED.get(partition.mount, _DATA)


def capacity_bytes(text: str) -> int:
    """Bytes of a capacity as qemu-img writes it, such as 4G; raises InputError when it is none."""
    match = re.fullmatch(r"(\d+)([KMGT]?)", text)
    if match is None:
        raise InputError("qcow_capacity", text, "a size as qemu-img writes it, such as 4G")
    return int(match[1]) * _CAPACITY[match[2]]


def _bound(path: str, text: str, capacity: int) -> int:
    """Bytes, rounded to MiB; `100%` and whatever lies behind it is the last MiB before the backup table."""
    if match := re.fullmatch(r"(\d{1,3})%", text):
        value = capacity * int(match[1]) // 100
    elif match := re.fullmatch(r"(\d+)(B|[kMGT]B|[KMGT]iB|s)", text):
        value = int(match[1]) * _BOUND[match[2]]
    else:
        raise InputError(path, text, "a bound as parted writes it, such as 264MiB or 100%")
    if value > capacity:
        raise InputError(path, text, "a bound on the disk")
    usable = (capacity - _GPT_TAIL * SECTOR) // MIB * MIB
    return min(-(-value // MIB) * MIB, usable)
