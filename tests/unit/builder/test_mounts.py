"""Which file system holds a path, and the lines of fstab."""

from typing import Literal

import pytest

from airship_builder.inputs import Filesystem, Partition
from airship_builder.layout import place
from airship_builder.mounts import around, fstab, holder, inside, within

MOUNTS = ("/", "/boot", "/var", "/var/log")


@pytest.mark.parametrize(
    ("path", "mount", "there", "entry"),
    [
        ("", "/", "", "/"),
        ("/etc/fstab", "/", "/etc/fstab", "/"),
        ("/boot/grub/grub.cfg", "/boot", "/grub/grub.cfg", "/boot"),
        ("/bootstrap", "/", "/bootstrap", "/"),
        ("/var", "/var", "", "/"),
        ("/var/log", "/var/log", "", "/var"),
        ("/var/log/syslog", "/var/log", "/syslog", "/var/log"),
    ],
)
def test_a_path_is_on_the_file_system_of_the_nearest_mount_point(path: str, mount: str, there: str, entry: str) -> None:
    assert (holder(path, MOUNTS), inside(path, mount), around(path, MOUNTS)) == (mount, there, entry)


def test_each_path_lies_on_one_file_system() -> None:
    paths = ("/etc", "/boot", "/boot/grub", "/bootstrap", "/var", "/var/log", "/var/log/a", "/var/logs")
    found = {mount: list(within(dict.fromkeys(paths), mount, MOUNTS)) for mount in MOUNTS}
    assert found == {
        "/": ["/etc", "/bootstrap"],
        "/boot": ["", "/grub"],
        "/var": ["", "/logs"],
        "/var/log": ["", "/a"],
    }


def partition(number: int, mount: str, order: int | None, kind: Literal["ext4", "swap"] = "ext4") -> Partition:
    start, end = f"{number}GiB", f"{number + 1}GiB"
    return Partition(mount=mount, mount_order=order, part_start=start, part_end=end, filesystem=Filesystem(type=kind))


def test_fstab_is_in_the_order_of_mounting_and_swap_comes_last() -> None:
    asked = [("/", None), ("/var/log", None), ("/srv", 0), ("/var", None), ("/home", 1)]
    partitions = [partition(number, *one) for number, one in enumerate(asked, start=1)]
    lines = fstab(place("key", "8G", (*partitions[:1], partition(6, "none", None, "swap"), *partitions[1:])))
    assert [line["mount"] for line in lines] == ["/", "/srv", "/var", "/home", "/var/log", "none"]
    assert lines[-1]["type"] == "swap"
    assert len({line["uuid"] for line in lines}) == len(lines)
