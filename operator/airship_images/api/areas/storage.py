"""How large is the disk and how is it divided?"""

from typing import Annotated, Final, Literal

from pydantic import Field, JsonValue, StringConstraints

from airship_images.api.areas.base import Area
from airship_images.api.merge import Default, Merge, Phase

Bound = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,9}(?:s|B|kB|MB|GB|TB|KiB|MiB|GiB|TiB|[kKMGT]|%)$")]
"""A position as parted reads it: MiB and GiB are powers of two, MB, M and G of ten."""

Capacity = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,6}[KMGT]$")]

PARTITIONS: Final[list[JsonValue]] = [
    {
        "mount": "/",
        "part_start": "264MiB",
        "part_end": "100%",
        "filesystem": {"type": "ext4", "fstab": {"options": "defaults", "dump": 0, "fsck": 1}},
    },
    {"mount": "none", "part_start": "1MiB", "part_end": "5MiB", "flags": ["bios_grub"]},
    {
        "mount": "/boot/efi",
        "part_start": "8MiB",
        "part_end": "264MiB",
        "flags": ["esp"],
        "filesystem": {"type": "vfat", "fstab": {"options": "umask=0077", "dump": 0, "fsck": 2}},
    },
]
"""Root is number 1, as Ironic's config drive needs it, and lies last, so that it can grow with its disk."""


class Fstab(Area):
    """The last three fields of a line of /etc/fstab."""

    options: Annotated[str, StringConstraints(pattern=r"^[^\s#\x00-\x1f\x7f]{1,255}$")] | None = Field(
        None, description="Mount options (default defaults)"
    )
    dump: Annotated[int, Field(ge=0, le=9)] | None = Field(None, description="Dump frequency (default 0)")
    fsck: Annotated[int, Field(ge=0, le=9)] | None = Field(None, description="Order of the file system check")


class Filesystem(Area):
    """What a partition holds."""

    type: Literal["ext4", "vfat", "xfs", "swap"] = Field(
        description="Type of the file system; ext4 takes files of the image, the others are made empty"
    )
    fstab: Fstab | None = Field(None, description="How it is mounted")


class Partition(Area):
    """One partition; partitions are numbered by their order in the list."""

    mount: Annotated[str, StringConstraints(pattern=r"^(?:none|/|(?:/[A-Za-z0-9._-]+)+)$", max_length=256)] = Field(
        description="Mount point, or none; swap has none"
    )
    mount_order: Annotated[int, Field(ge=0, le=99)] | None = Field(
        None, description="Order of its line in /etc/fstab (default: how deep the path is, 0 for /)"
    )
    part_start: Bound = Field(description="Start, for example 5MiB")
    part_end: Bound = Field(description="End, for example 100%")
    flags: Annotated[list[Literal["bios_grub", "esp"]], Field(max_length=4), Merge.REPLACE] | None = Field(
        None, description="Flags of the partition"
    )
    filesystem: Filesystem | None = Field(None, description="What it holds")


class Storage(Area):
    """Capacity of the disk and its partitions, for the types of images that are disks; what a live ISO is made of."""

    qcow_capacity: Annotated[Capacity | None, Default("4G")] = Field(
        None, description="Size of the virtual disk as qemu-img reads it, for example 4G (GiB; default 4G)"
    )
    partitions: Annotated[
        Annotated[list[Partition], Field(min_length=1, max_length=16), Merge.ATOMIC] | None, Default(PARTITIONS)
    ] = Field(
        None,
        description="Partitions, the root first in the list wherever it lies on the disk (default: root, bios_grub, "
        "/boot/efi); the last profile sets them whole",
    )
    mksquashfs_compression: Annotated[Literal["gzip", "lz4", "xz", "zstd"] | None, Phase.CONFIGURE, Default("lz4")] = (
        Field(None, description="Compression of an ISO's root filesystem (default lz4, the fastest; xz is smallest)")
    )
