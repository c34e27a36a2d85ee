"""Which Ansible variables does the builder get? Plain data under the names of Airship's builder; unset, absent."""

from typing import Any

from airship_images.spec.contexts import RUN_CONTEXTS
from airship_images.spec.node import EffectiveNode
from airship_images.spec.packages import packages
from airship_images.spec.tree import Data

SYSTEM: tuple[str, ...] = (
    "banners", "directories", "fetch_from_url", "files", "file_permissions", "kubelet", "limits", "systemd",
    "user_management", "user_scripts", "roles",
)  # fmt: skip
NETWORKING: tuple[str, ...] = ("systemd_nic_names_policy", "netplan", "networkd", "hosts", "resolver")


def rootfs_vars(node: EffectiveNode) -> Data:
    """rootfs-vars.yaml: what the root filesystem is made of."""
    software = node.data["software"]
    if base := software.get("base"):
        return {"base": base}
    return _present(
        packages=list(packages(node.data)),
        rootfs_arch=software["rootfs_arch"],
        unapproved_packages=software.get("unapproved_packages"),
        repos=software.get("repos"),
        k8s_version=software.get("k8s_version"),
        dkms=node.data.get("drivers", {}).get("dkms"),
    )


def osconfig_vars(node: EffectiveNode) -> Data:
    """osconfig-vars.yaml: how the operating system is set up."""
    kernel, system, networking = node.data["kernel"], node.data.get("system", {}), node.data.get("networking", {})
    return _present(
        kernel=_present(modules=kernel.get("modules")),
        sysctl=kernel.get("sysctl"),
        **{name: without_contexts(system.get(name)) for name in SYSTEM},
        **{name: networking.get(name) for name in NETWORKING},
        network=_network(node),
        kdump_tools=kernel.get("kdump_tools"),
        grub=_grub(kernel),
        module_signing=node.data.get("drivers", {}).get("module_signing"),
        cloud_init=_cloud_init(node),
        extra_vars=node.data.get("extraVars"),
    )


def image_vars(node: EffectiveNode, file_name: str) -> Data:
    """image-vars.yaml: the disk and its file."""
    storage = node.data["storage"]
    return {
        "img_name": file_name,
        "qcow_capacity": storage["qcow_capacity"],
        "qcow_compress": True,
        "partitions": storage["partitions"],
        "mksquashfs_compression": storage["mksquashfs_compression"],
    }


def network_files(node: EffectiveNode) -> list[str]:
    """The files of the profiles by which the network is set up, .link files aside: they name devices alone."""
    networking = node.data.get("networking", {})
    files = [item["name"] for kind in ("netplan", "networkd") for item in networking.get(kind, [])]
    return [name for name in files if ".link" not in name]


def _network(node: EffectiveNode) -> Data:
    """Who sets up the network: where files of the profiles do, cloud-init stays away, and networkd reads its own."""
    files = network_files(node)
    by_networkd = any(not name.endswith(".yaml") for name in files)
    return _present(files=bool(files) or None, networkd=by_networkd or None)


def _cloud_init(node: EffectiveNode) -> Data:
    """The image's own data is no variable: it is in files of its own."""
    return _present(datasources=node.data.get("cloudInit", {}).get("datasources"))


def without_contexts(value: Any) -> Any:
    """Items of a node are all for its image: their run_contexts have done their work."""
    if not isinstance(value, list):
        return value
    return [{name: part for name, part in item.items() if name != RUN_CONTEXTS} for item in value]


def _grub(kernel: Data) -> Data:
    grub: Data = kernel["grub"]
    return grub | {"GRUB_CMDLINE_LINUX_DEFAULT": command_line(kernel)}


def command_line(kernel: Data) -> list[Data]:
    """The arguments of the kernel after those that find its root; of two for one thing it heeds the last."""
    crashkernel = kernel.get("kdump_tools", {}).get("crashkernel")
    return [
        *kernel["grub"]["GRUB_CMDLINE_LINUX_DEFAULT"],
        *kernel.get("grub_cmdline_linux_default_append", []),
        *([{"name": "crashkernel", "value": crashkernel}] if crashkernel else []),
    ]


def _present(**values: Any) -> Data:
    return {name: value for name, value in values.items() if value not in (None, {}, [])}
