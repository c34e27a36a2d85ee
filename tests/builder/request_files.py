"""The rendered inputs of a small image, with what a test changes in them."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from airship_images.api.phases import PHASE_VERSIONS

# one short line each for the reason: the smallest Debian that boots, has accounts, ssh and cloud-init
PACKAGES = [
    "linux-image-cloud-amd64",  # a third of the modules of linux-image-amd64
    "systemd-sysv",
    "dbus",
    "udev",
    "kmod",
    "procps",
    "iproute2",
    "sudo",
    "openssh-server",
    "cloud-init",
    "cloud-guest-utils",
    "open-iscsi",  # gives itself a name by chance when it is installed
    "live-boot",  # for the ISO; without boot=live it does nothing
]
PARTITIONS: list[dict[str, Any]] = [
    {"mount": "/", "part_start": "64MiB", "part_end": "100%", "filesystem": {"type": "ext4"}},
    {"mount": "none", "part_start": "1MiB", "part_end": "5MiB", "flags": ["bios_grub"]},
    {
        "mount": "/boot/efi",
        "part_start": "8MiB",
        "part_end": "64MiB",
        "flags": ["esp"],
        "filesystem": {"type": "vfat", "fstab": {"options": "umask=0077"}},
    },
]
WITHOUT_CLOUD_INIT = {"name": "/etc/cloud/cloud-init.disabled", "file_content": ""}
"""A file of an image whose boot test asks nothing of cloud-init, which takes a quarter of a boot without KVM."""
CONSOLE = {"GRUB_CMDLINE_LINUX_DEFAULT": [{"name": "console", "value": "tty0"}, {"name": "console", "value": "ttyS0"}]}


def digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def write_request(
    folder: Path,
    osconfig: dict[str, Any] | None = None,
    *,
    packages: list[str] | None = None,
    distribution: tuple[str, str] = ("debian", "bookworm"),
    software: dict[str, Any] | None = None,
    capacity: str = "2G",
    verify: tuple[str, ...] = (),
    secure: bool = False,
    allowed: Sequence[str] = (),
    trigger: str = "",
    form: str = "qcow2",
    partitions: list[dict[str, Any]] = PARTITIONS,
    seed: dict[str, str] | None = None,
) -> str:
    """Write the files of a request for a small image with `osconfig` into `folder`; gives its build hash.

    `software`: more of rootfs-vars.yaml; `seed`: what cloud-init gets, as userData and networkConfig.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rootfs_vars = {"packages": PACKAGES if packages is None else packages, "rootfs_arch": "amd64"} | (software or {})
    base = {"distribution": distribution[0], "suite": distribution[1], "architecture": "amd64"}
    rootfs_hash = digest([base, rootfs_vars, PHASE_VERSIONS["rootfs"]])
    variables: dict[str, Any] = {"grub": CONSOLE, **(osconfig or {})}
    if "cloud-init" in rootfs_vars["packages"]:  # a default that needs its package
        variables = {"cloud_init": {"datasources": ["ConfigDrive", "NoCloud", "None"]}, **variables}
    spec_hash = digest([rootfs_hash, variables, form, capacity, partitions, seed])
    build_hash = digest([spec_hash, verify, secure, trigger])
    build = {
        **base,
        "name": "small",
        "rootfsHash": rootfs_hash,
        "diskHash": digest([rootfs_hash, capacity, partitions, PHASE_VERSIONS["disk"]]),
        "specHash": spec_hash,
        "buildHash": build_hash,
        "type": form,
        "fileName": f"small.{form}",
        "metadataFileName": "output-metadata.yaml",
        **{f"{field}File": field for field in seed or {}},
        "verifyBoot": bool(verify),
        "firmware": list(verify),
        "secureBoot": secure,
        "allowedFailedUnits": list(allowed),
    }
    image = {"img_name": f"small.{form}", "qcow_capacity": capacity, "qcow_compress": True, "partitions": partitions}
    files: dict[str, Any] = {
        "rootfs.yaml": {**base, "rootfsHash": rootfs_hash},
        "rootfs-vars.yaml": rootfs_vars,
        "build.yaml": build,
        "osconfig-vars.yaml": variables,
        "image-vars.yaml": image,
        "meta-profile.yaml": {"kind": "NodeProfile"},
        "meta-airshipimage.yaml": {"kind": "AirshipImage"},
    }
    for name, text in (seed or {}).items():
        (folder / name).write_text(text)
    for name, content in files.items():
        (folder / name).write_text(yaml.safe_dump(content))
    return build_hash
