"""Which Ansible variables does the builder get? Plain data under the names of Airship's builder; unset, absent."""

from typing import Any

from airship_images.spec.node import EffectiveNode
from airship_images.spec.packages import packages
from airship_images.spec.tree import Data

SYSTEM: tuple[str, ...] = ("banners", "directories", "files", "file_permissions", "systemd", "user_management")


def rootfs_vars(node: EffectiveNode) -> Data:
    """rootfs-vars.yaml: what the root filesystem is made of."""
    software = node.data["software"]
    return _present(
        packages=list(packages(node.spec)),
        rootfs_arch=software["rootfs_arch"],
        unapproved_packages=software.get("unapproved_packages"),
    )


def osconfig_vars(node: EffectiveNode) -> Data:
    """osconfig-vars.yaml: how the operating system is set up."""
    kernel, system = node.data["kernel"], node.data.get("system", {})
    return _present(
        kernel=_present(modules=kernel.get("modules")),
        sysctl=kernel.get("sysctl"),
        limits=system.get("limits"),
        **{name: system.get(name) for name in SYSTEM},
        grub=_grub(kernel),
        cloud_init=node.data.get("cloudInit"),
    )


def image_vars(node: EffectiveNode, file_name: str) -> Data:
    """image-vars.yaml: the disk and its file."""
    storage = node.data["storage"]
    return {
        "img_name": file_name,
        "qcow_capacity": storage["qcow_capacity"],
        "qcow_compress": True,
        "partitions": storage["partitions"],
    }


def _grub(kernel: Data) -> Data:
    more = kernel.get("grub_cmdline_linux_default_append", [])
    grub: Data = kernel["grub"]
    return grub | {"GRUB_CMDLINE_LINUX_DEFAULT": [*grub["GRUB_CMDLINE_LINUX_DEFAULT"], *more]}


def _present(**values: Any) -> Data:
    return {name: value for name, value in values.items() if value not in (None, {}, [])}
