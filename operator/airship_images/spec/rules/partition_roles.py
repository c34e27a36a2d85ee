"""Does the disk have the partitions that booting and Metal3 need, in their places?"""

from collections.abc import Iterator
from typing import Final

from airship_images.api.errors import Finding
from airship_images.api.reasons import Reason
from airship_images.spec.rules.subject import Subject
from airship_images.spec.tree import Data

PATH: Final = "storage.partitions"
FLAGGED: Final = {"bios_grub": "none", "esp": "/boot/efi"}
"""The flags of what firmware starts from, and the mount points of these partitions."""


def partition_roles(subject: Subject) -> Iterator[Finding]:
    """Root is number 1 (Ironic's config drive), each mount is there once, BIOS and UEFI have their partitions."""
    partitions: list[Data] = subject.node.data["storage"]["partitions"]
    mounts = [partition["mount"] for partition in partitions]
    if mounts[0] != "/":
        found = f"{mounts[0]!r} as partition 1"
        yield subject.in_node(Reason.ROOT_NOT_FIRST, f"{PATH}[0].mount", found, "/ first in the list")
    for mount in {mount: None for mount in mounts if mount != "none" and mounts.count(mount) > 1}:
        yield subject.in_node(Reason.INVALID_INPUT, PATH, f"{mount!r} twice", "each mount point once")
    for flag, mount in FLAGGED.items():
        flagged = [partition["mount"] for partition in partitions if flag in partition.get("flags", [])]
        if flagged != [mount]:
            found = f"flag {flag} on {', '.join(flagged) or 'no partition'}"
            yield subject.in_node(Reason.INVALID_INPUT, PATH, found, f"one partition with it, mount {mount}")
