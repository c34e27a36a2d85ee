"""Can each partition be mounted where it is asked for, after what it lies in?"""

from collections.abc import Iterator
from typing import Final

from airship_images.api.errors import Finding
from airship_images.api.reasons import Reason
from airship_images.spec.folders import folders
from airship_images.spec.rules.partition_roles import PATH
from airship_images.spec.rules.subject import Subject
from airship_images.spec.tree import Data

NEVER: Final = ("/bin", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/libx32", "/proc", "/run", "/sbin", "/sys")
"""What the system needs before it mounts anything, the kernel's own, and links into /usr."""

EMPTY: Final = ("vfat", "xfs")
"""File systems that are made without files; the ESP gets its boot loaders alone."""


def partition_mounts(subject: Subject) -> Iterator[Finding]:
    """A mount point that the system itself needs, one inside a file system that is made empty, one mounted too early,
    and a file that would have to be on a file system that is made empty.
    """
    partitions: list[Data] = subject.node.data["storage"]["partitions"]
    mounted = {partition["mount"]: partition for partition in partitions if partition["mount"] != "none"}
    for index, partition in enumerate(partitions):
        mount, at = partition["mount"], f"{PATH}[{index}]"
        if mount in NEVER or any(path in NEVER for path in folders(mount)):
            yield subject.in_node(Reason.INVALID_INPUT, f"{at}.mount", mount, f"none of {', '.join(NEVER)}")
        around = _around(mount, mounted)
        if around is None:
            continue
        if _type(around) in EMPTY:
            found = f"{mount} inside the {_type(around)} of {around['mount']}"
            yield subject.in_node(Reason.INVALID_INPUT, f"{at}.mount", found, "a mount point on ext4")
        if _order(partition) < _order(around):
            found = f"{_order(partition)}, before {_order(around)} of {around['mount']}"
            yield subject.in_node(Reason.INVALID_INPUT, f"{at}.mount_order", found, "an order after it")
    yield from _files(subject, mounted)


def _files(subject: Subject, mounted: dict[str, Data]) -> Iterator[Finding]:
    system = subject.node.data.get("system", {})
    for name in ("directories", "files"):
        for item in system.get(name, []):
            around = mounted.get(item["name"]) or _around(item["name"], mounted)
            if around and _type(around) in EMPTY:
                at, found = f"system.{name}[{item['name']}]", f"a path on the {_type(around)} of {around['mount']}"
                yield subject.in_node(Reason.PATH_CONFLICT, at, found, "one on ext4: others are made empty")


def _around(path: str, mounted: dict[str, Data]) -> Data | None:
    return next((mounted[parent] for parent in folders(path) if parent in mounted), None)


def _type(partition: Data) -> str:
    return str(partition.get("filesystem", {}).get("type"))


def _order(partition: Data) -> int:
    depth = sum(1 for part in partition["mount"].split("/") if part)
    return int(partition.get("mount_order", depth))
