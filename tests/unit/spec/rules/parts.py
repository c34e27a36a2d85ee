"""Pieces of profiles that the tests of several rules put together."""

from typing import Any

from airship_images.api.reasons import Reason

Areas = dict[str, Any]

Wrong = dict[str, tuple[Areas, Reason, str]]
"""What is wrong, by its name: what is said, and the reason and the path of the one finding."""

ROOT = {"mount": "/", "part_start": "264MiB", "part_end": "100%", "filesystem": {"type": "ext4"}}
BIOS = {"mount": "none", "part_start": "1MiB", "part_end": "5MiB", "flags": ["bios_grub"]}
ESP = {
    "mount": "/boot/efi",
    "part_start": "8MiB",
    "part_end": "264MiB",
    "flags": ["esp"],
    "filesystem": {"type": "vfat"},
}
SMALL = (ROOT | {"part_start": "3GiB"}, BIOS, ESP)
BASICS = {"packages": ["systemd-sysv"]}
DRIVER = {"name": "nic", "url": "https://vendor.example/nic.tar.gz", "sha256": "b" * 64}
VENDORS = {"url": "https://vendor.example/cloud.qcow2", "sha256": "0" * 64}
KEY = {"secretName": "s", "key": "k"}
FETCHED = {"name": "/srv/a", "url": "http://a.example/a", "sha256": "a" * 64}
NETPLAN = {"name": "a.yaml", "file_content": "network: {version: 2}"}
USER_DATA = "#cloud-config\n"


def disk(*partitions: Areas, **storage: Any) -> Areas:
    return {"storage": {"partitions": list(partitions)} | storage}


def more(mount: str, start: str = "1GiB", type: str = "ext4") -> Areas:
    """A partition of a GiB."""
    end = f"{int(start.removesuffix('GiB')) + 1}GiB"
    return {"mount": mount, "part_start": start, "part_end": end, "filesystem": {"type": type}}


def systemd(**system: Any) -> Areas:
    return {"software": BASICS, "system": system}


def with_cloud_init(**cloud_init: Any) -> Areas:
    return {"software": {"packages": ["cloud-init"]}, "cloudInit": cloud_init}
