from typing import Any

import pytest

from airship_images.api.reasons import Reason
from airship_images.spec import SpecError, prepare
from tests.unit.spec.nodes import a_profile, an_image, findings, prepared

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
ADDON = {
    "name": "addon",
    "source": "https://addon.example/debian",
    "suite": "bookworm",
    "components": "main extra",
    "keyring_url": "https://addon.example/key.asc",
    "keyring_sha256": "a" * 64,
}
DRIVER = {"name": "nic", "url": "https://vendor.example/nic.tar.gz", "sha256": "b" * 64}
PACKAGED = {
    "name": "packaged",
    "source": "https://packaged.example/debian",
    "suite": "./",
    "keyring_pkg": "packaged-archive-keyring",
}
VENDORS = {"url": "https://vendor.example/cloud.qcow2", "sha256": "0" * 64}
KEY = {"secretName": "s", "key": "k"}


FETCHED = {"name": "/srv/a", "url": "http://a.example/a", "sha256": "a" * 64}
NETPLAN = {"name": "a.yaml", "file_content": "network: {version: 2}"}
USER_DATA = "#cloud-config\n"


def disk(*partitions: dict[str, Any], **storage: Any) -> dict[str, Any]:
    return {"storage": {"partitions": list(partitions)} | storage}


def repository(**changed: Any) -> dict[str, Any]:
    """A node with one repository, in which `changed` is set, or unset by None."""
    fields = {key: value for key, value in (ADDON | changed).items() if value is not None}
    return {"software": {"repos": [fields]}}


def more(mount: str, start: str = "1GiB", type: str = "ext4") -> dict[str, Any]:
    """A partition of a GiB."""
    end = f"{int(start.removesuffix('GiB')) + 1}GiB"
    return {"mount": mount, "part_start": start, "part_end": end, "filesystem": {"type": type}}


def systemd(**system: Any) -> dict[str, Any]:
    return {"software": BASICS, "system": system}


def with_cloud_init(**cloud_init: Any) -> dict[str, Any]:
    return {"software": {"packages": ["cloud-init"]}, "cloudInit": cloud_init}


WRONG: dict[str, tuple[dict[str, Any], Reason, str]] = {
    "partitions that overlap": (
        disk(ROOT | {"part_start": "263MiB"}, BIOS, ESP),
        Reason.PARTITION_OVERLAP,
        "NodeProfile/base: spec.storage.partitions",
    ),
    "decimal and binary units that overlap": (
        disk(ROOT | {"part_start": "276MB"}, BIOS, ESP),
        Reason.PARTITION_OVERLAP,
        "NodeProfile/base: spec.storage.partitions",
    ),
    "a partition that ends before it starts": (
        disk(ROOT | {"part_end": "100MiB"}, BIOS, ESP),
        Reason.PARTITION_OVERLAP,
        "NodeProfile/base: spec.storage.partitions[0]",
    ),
    "a partition beyond the disk": (
        disk(ROOT | {"part_end": "5GiB"}, BIOS, ESP, qcow_capacity="4G"),
        Reason.PARTITION_OVERLAP,
        "NodeProfile/base: spec.storage.partitions[0]",
    ),
    "a partition in the partition table": (
        disk(ROOT, BIOS | {"part_start": "0%"}, ESP),
        Reason.PARTITION_OVERLAP,
        "NodeProfile/base: spec.storage.partitions[1]",
    ),
    "a root that is not the first": (
        disk(BIOS, ROOT, ESP),
        Reason.ROOT_NOT_FIRST,
        "NodeProfile/base: spec.storage.partitions[0].mount",
    ),
    "no partition for BIOS": (disk(ROOT, ESP), Reason.INVALID_INPUT, "NodeProfile/base: spec.storage.partitions"),
    "no partition for UEFI": (disk(ROOT, BIOS), Reason.INVALID_INPUT, "NodeProfile/base: spec.storage.partitions"),
    "a root without a file system": (
        disk({key: value for key, value in ROOT.items() if key != "filesystem"}, BIOS, ESP),
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.storage.partitions[0].filesystem",
    ),
    "a mount point twice": (
        disk(*SMALL, more("/srv"), more("/srv", "2GiB")),
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.storage.partitions",
    ),
    "swap that is mounted": (
        disk(*SMALL, more("/srv", type="swap")),
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.storage.partitions[3].filesystem",
    ),
    "a /var that cannot be filled": (
        disk(*SMALL, more("/var", type="xfs")),
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.storage.partitions[3].filesystem",
    ),
    "a file system on the partition of GRUB": (
        disk(ROOT, BIOS | {"filesystem": {"type": "ext4"}}, ESP),
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.storage.partitions[1].filesystem",
    ),
    "an XFS that mkfs.xfs does not make": (
        disk(*SMALL, more("/srv", type="xfs") | {"part_end": "1200MiB"}),
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.storage.partitions[3]",
    ),
    "an ESP without room for a FAT32": (
        disk(ROOT, BIOS, ESP | {"part_end": "30MiB"}),
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.storage.partitions[2]",
    ),
    "a mount point that the system itself needs": (
        disk(*SMALL, more("/etc")),
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.storage.partitions[3].mount",
    ),
    "a mount point in a file system that stays empty": (
        disk(*SMALL, more("/srv", type="xfs"), more("/srv/data", "2GiB")),
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.storage.partitions[4].mount",
    ),
    "an order that mounts the inner one first": (
        disk(*SMALL, more("/srv") | {"mount_order": 5}, more("/srv/data", "2GiB") | {"mount_order": 4}),
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.storage.partitions[4].mount_order",
    ),
    "a file on a file system that stays empty": (
        disk(*SMALL, more("/srv", type="vfat")) | {"system": {"files": [{"name": "/srv/a"}]}},
        Reason.PATH_CONFLICT,
        "NodeProfile/base: spec.system.files[/srv/a]",
    ),
    "packages beside a vendor's image": (
        {"software": {"base": VENDORS, "packages": ["vim"]}},
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.software.packages",
    ),
    "a command line beside a vendor's boot loader": (
        {"software": {"base": VENDORS}, "kernel": {"grub": {"GRUB_TIMEOUT": 5}}},
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.kernel.grub",
    ),
    "a distribution whose archive nobody names": (
        {"software": {"distribution": "ubuntu"}},
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.software.distribution",
    ),
    "a suite of another distribution": (
        {"software": {"suite": "noble"}},
        Reason.NOT_YET_SUPPORTED,
        "NodeProfile/base: spec.software.suite",
    ),
    "a repository without a key": (
        repository(keyring_url=None),
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.software.repos[addon]",
    ),
    "a key that may be any": (
        repository(keyring_sha256=None),
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.software.repos[addon]",
    ),
    "components that are not there": (
        repository(suite="/"),
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.software.repos[addon]",
    ),
    "a suite without components": (
        repository(components=None),
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.software.repos[addon]",
    ),
    "a key in a package of an archive that the builder does not have": (
        {
            "software": {
                "distribution": "ubuntu",
                "repos": [ADDON | {"suite": "noble"} | {"name": "archive"}, PACKAGED],
            }
        },
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.software.repos[packaged]",
    ),
    "a package of two repositories": (
        {"software": {"repos": [ADDON | {"packages": ["tool"]}, PACKAGED | {"packages": ["tool=2"]}]}},
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.software.repos[packaged].packages",
    ),
    "a package that must not be": (
        {"software": {"packages": ["snapd"], "unapproved_packages": ["snap*"]}},
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.software.unapproved_packages[snap*]",
    ),
    "a driver that nobody signs under Secure Boot": (
        {"kernel": {"secure_boot": True}, "drivers": {"dkms": [DRIVER]}},
        Reason.UNSIGNED,
        "NodeProfile/base: spec.drivers.dkms",
    ),
    "half of a signature": (
        {"drivers": {"dkms": [DRIVER], "module_signing": {"key_from": KEY}}},
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.drivers.module_signing",
    ),
    "a signature of nothing": (
        {"drivers": {"module_signing": {"key_from": KEY, "certificate_from": KEY}}},
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.drivers.module_signing",
    ),
    "a Kubernetes version without Kubernetes": (
        {"software": {"k8s_version": "1.34.2"}},
        Reason.PACKAGE_MISSING,
        "NodeProfile/base: spec.software.k8s_version",
    ),
    "another suite": (
        {"software": {"suite": "sid"}},
        Reason.NOT_YET_SUPPORTED,
        "NodeProfile/base: spec.software.suite",
    ),
    "another architecture": (
        {"software": {"rootfs_arch": "arm64"}},
        Reason.NOT_YET_SUPPORTED,
        "NodeProfile/base: spec.software.rootfs_arch",
    ),
    "crash dumps without the tools": (
        {"kernel": {"kdump_tools": {"crashkernel": "1G"}}},
        Reason.PACKAGE_MISSING,
        "NodeProfile/base: spec.kernel.kdump_tools",
    ),
    "arguments of a kubelet that is not there": (
        {"system": {"kubelet": {"extra_systemd_args": [{"name": "v", "value": "2"}]}}},
        Reason.PACKAGE_MISSING,
        "NodeProfile/base: spec.system.kubelet",
    ),
    "a drop-in that is enabled": (
        systemd(systemd=[{"name": "a.service.d/b.conf", "file_content": "", "enabled": True}]),
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.system.systemd[a.service.d/b.conf].enabled",
    ),
    "a command line of which the kernel would cut off the end": (
        {"kernel": {"grub_cmdline_linux_default_append": [{"name": "a", "value": "b" * 980}] * 2}},
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.kernel.grub_cmdline_linux_default_append",
    ),
    "force with nothing to enable": (
        systemd(systemd=[{"name": "a.service", "file_content": "", "force": True}]),
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.system.systemd[a.service].force",
    ),
    "a unit of which nothing is said": (
        systemd(systemd=[{"name": "a.service"}]),
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.system.systemd[a.service]",
    ),
    "a role from nowhere": (
        systemd(roles=[{"name": "agent"}]),
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.system.roles[agent]",
    ),
    "an extra variable that is Ansible's own": (
        {"software": BASICS, "extraVars": {"ansible_connection": "ssh"}},
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.extraVars",
    ),
    "an extra variable that no role can name": (
        {"software": BASICS, "extraVars": {"a-b": "x"}},
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.extraVars",
    ),
    "an extra variable that we set": (
        {"software": BASICS, "extraVars": {"image_root": "/"}},
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.extraVars",
    ),
    "an item that nobody completes": (
        {"software": BASICS, "kernel": {"sysctl": [{"name": "vm.swappiness"}]}},
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.kernel.sysctl[vm.swappiness]",
    ),
    "a limit without its value": (
        systemd(limits=[{"name": "nofile", "domain": "*", "type": "soft", "item": "nofile"}]),
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.system.limits[nofile]",
    ),
    "an unsigned kernel for Secure Boot": (
        {"kernel": {"secure_boot": True, "kernel_base_pkg": "linux-image-amd64-unsigned=6.1"}},
        Reason.UNSIGNED,
        "NodeProfile/base: spec.kernel.kernel_base_pkg",
    ),
    "a package that compiles modules for Secure Boot": (
        {"kernel": {"secure_boot": True}, "drivers": {"packages": ["zfs-dkms=2.1"]}},
        Reason.UNSIGNED,
        "NodeProfile/base: spec.drivers.packages",
    ),
    "an inline password": (
        systemd(user_management=[{"name": "ops", "password": "hunter2"}]),
        Reason.INLINE_PASSWORD,
        "NodeProfile/base: spec.system.user_management[ops].password",
    ),
    "a password hash in a file": (
        systemd(files=[{"name": "/etc/shadow-", "file_content": "root:$6$abcdefgh$0123456789abcdef:1::::::\n"}]),
        Reason.INLINE_PASSWORD,
        "NodeProfile/base: spec.system.files[/etc/shadow-].file_content",
    ),
    "a private key in a unit": (
        systemd(
            systemd=[
                {
                    "name": "a.service",
                    "file_content": "-----BEGIN RSA PRIVATE KEY-----\nx\n-----END RSA PRIVATE KEY-----",
                }
            ]
        ),
        Reason.INLINE_PASSWORD,
        "NodeProfile/base: spec.system.systemd[a.service].file_content",
    ),
    "a file and a directory of one path": (
        systemd(files=[{"name": "/srv/a"}], directories=[{"name": "/srv/a"}]),
        Reason.PATH_CONFLICT,
        "NodeProfile/base: spec.system.files[/srv/a]",
    ),
    "a file that is also fetched": (
        systemd(files=[{"name": "/srv/a"}], fetch_from_url=[FETCHED]),
        Reason.PATH_CONFLICT,
        "NodeProfile/base: spec.system.fetch_from_url[/srv/a]",
    ),
    "a fetched file without its digest": (
        systemd(fetch_from_url=[{key: value for key, value in FETCHED.items() if key != "sha256"}]),
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.system.fetch_from_url[/srv/a]",
    ),
    "a file below a file": (
        systemd(files=[{"name": "/srv/a"}, {"name": "/srv/a/b/c"}]),
        Reason.PATH_CONFLICT,
        "NodeProfile/base: spec.system.files[/srv/a]",
    ),
    "a directory below a file": (
        systemd(files=[{"name": "/srv/a"}], directories=[{"name": "/srv/a/b"}]),
        Reason.PATH_CONFLICT,
        "NodeProfile/base: spec.system.files[/srv/a]",
    ),
    "a user with sudo and without the package": (
        systemd(user_management=[{"name": "ops", "sudo": True}]),
        Reason.PACKAGE_MISSING,
        "NodeProfile/base: spec.system.user_management[ops].sudo",
    ),
    "SSH keys without the server": (
        systemd(user_management=[{"name": "ops", "ssh_authorized_keys_from": [KEY]}]),
        Reason.PACKAGE_MISSING,
        "NodeProfile/base: spec.system.user_management[ops].ssh_authorized_keys_from",
    ),
    "units without systemd": (
        {"system": {"systemd": [{"name": "a.service", "enabled": True}]}},
        Reason.PACKAGE_MISSING,
        "NodeProfile/base: spec.system.systemd",
    ),
    "datasources without cloud-init": (
        {"cloudInit": {"datasources": ["NoCloud"]}},
        Reason.PACKAGE_MISSING,
        "NodeProfile/base: spec.cloudInit.datasources",
    ),
    "files of netplan without it": (
        {"networking": {"netplan": [NETPLAN]}},
        Reason.PACKAGE_MISSING,
        "NodeProfile/base: spec.networking.netplan",
    ),
    "files of networkd without systemd": (
        {"networking": {"networkd": [{"name": "a.network", "file_content": ""}]}},
        Reason.PACKAGE_MISSING,
        "NodeProfile/base: spec.networking.networkd",
    ),
    "an address that is none": (
        {"networking": {"hosts": [{"name": "192.0.2.256", "hostnames": ["a"]}]}},
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.networking.hosts[192.0.2.256].name",
    ),
    "a name server that is none": (
        {"networking": {"resolver": {"nameservers": ["192.0.2"]}}},
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.networking.resolver.nameservers[192.0.2]",
    ),
    "more name servers than glibc asks": (
        {"networking": {"resolver": {"nameservers": [f"192.0.2.{number}" for number in range(1, 5)]}}},
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.networking.resolver.nameservers",
    ),
    "user data without cloud-init": (
        {"cloudInit": {"user_data": USER_DATA}},
        Reason.PACKAGE_MISSING,
        "NodeProfile/base: spec.cloudInit.user_data",
    ),
    "user data that cloud-init would not look for": (
        with_cloud_init(user_data=USER_DATA, datasources=["ConfigDrive"]),
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.cloudInit.datasources",
    ),
    "user data that cloud-init would not understand": (
        with_cloud_init(user_data="packages: [vim]"),
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.cloudInit.user_data",
    ),
    "a network configuration without a version": (
        with_cloud_init(network_config="ethernets: {}"),
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.cloudInit.network_config",
    ),
    "a network configuration that is no YAML": (
        with_cloud_init(network_config="{"),
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.cloudInit.network_config",
    ),
    "a network set up twice": (
        {
            "software": {"packages": ["cloud-init", "netplan.io"]},
            "cloudInit": {"network_config": "version: 2"},
            "networking": {"netplan": [NETPLAN]},
        },
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.cloudInit.network_config",
    ),
    "a password in user data": (
        with_cloud_init(user_data="#cloud-config\npassword: $6$abcdefgh$0123456789abcdef"),
        Reason.INLINE_PASSWORD,
        "NodeProfile/base: spec.cloudInit.user_data",
    ),
    "a clear password in user data": (
        with_cloud_init(user_data='#cloud-config\nusers: [{name: ops, "plain_text_passwd": hunter2}]'),
        Reason.INLINE_PASSWORD,
        "NodeProfile/base: spec.cloudInit.user_data",
    ),
    "the password of a wireless network": (
        {
            "software": {"packages": ["netplan.io"]},
            "networking": {"netplan": [NETPLAN | {"file_content": "access-points:\n  a:\n    password: hunter2\n"}]},
        },
        Reason.INLINE_PASSWORD,
        "NodeProfile/base: spec.networking.netplan[a.yaml].file_content",
    ),
    "the key of a tunnel": (
        {
            "software": BASICS,
            "networking": {"networkd": [{"name": "a.netdev", "file_content": "[WireGuard]\nPrivateKey=aaaa\n"}]},
        },
        Reason.INLINE_PASSWORD,
        "NodeProfile/base: spec.networking.networkd[a.netdev].file_content",
    ),
    "sysctl without anything that sets it": (
        {"kernel": {"sysctl": [{"name": "vm.swappiness", "value": "1"}]}},
        Reason.PACKAGE_MISSING,
        "NodeProfile/base: spec.kernel.sysctl",
    ),
}


@pytest.mark.parametrize(("areas", "reason", "path"), WRONG.values(), ids=WRONG)
def test_a_node_is_refused_for(areas: dict[str, Any], reason: Reason, path: str) -> None:
    assert [(one.reason, one.path) for one in findings(a_profile(**areas))] == [(reason, path)]


RIGHT: dict[str, dict[str, Any]] = {
    "nothing said at all": {},
    "features whose package a vendor's image may have": {
        "software": {"base": VENDORS},
        "cloudInit": {"datasources": ["None"]},
        "kernel": {"sysctl": [{"name": "vm.swappiness", "value": "1"}]},
    },
    "the same partitions in decimal units": disk(ROOT | {"part_start": "277MB"}, BIOS, ESP),
    "bounds in sectors": disk(ROOT | {"part_start": "540672s", "part_end": "4GiB"}, BIOS, ESP, qcow_capacity="4G"),
    "file systems of every kind": disk(
        *SMALL,
        more("/srv", type="xfs"),
        more("none", "2GiB") | {"part_end": "2100MiB", "filesystem": {"type": "swap"}},
        {"mount": "none", "part_start": "2100MiB", "part_end": "2200MiB"},
        {"mount": "/var/log", "part_start": "2200MiB", "part_end": "2300MiB", "filesystem": {"type": "ext4"}},
        {"mount": "/var", "part_start": "2300MiB", "part_end": "3GiB", "filesystem": {"type": "ext4"}},
    ),
    "the layout of Airship's own builder": disk(
        ROOT | {"part_start": "1284MiB"},
        BIOS,
        ESP | {"part_start": "5MiB", "part_end": "516MiB"},
        {"mount": "/boot", "part_start": "516MiB", "part_end": "1284MiB", "filesystem": {"type": "ext4"}},
    ),
    "sudo: false without the package": systemd(user_management=[{"name": "ops", "sudo": False}]),
    "a package held at a version": {
        "software": {"packages": ["cloud-init=23.4.1-1"]},
        "cloudInit": {"datasources": ["None"]},
    },
    "a file inside a directory": systemd(files=[{"name": "/srv/a/b"}], directories=[{"name": "/srv/a"}]),
    "two paths of which one begins like the other": systemd(files=[{"name": "/srv/a"}, {"name": "/srv/ab"}]),
    "a password by reference": systemd(user_management=[{"name": "ops", "password_from": KEY}]),
    "more name servers for systemd-resolved": {
        "software": {"packages": ["systemd-resolved"]},
        "networking": {"resolver": {"nameservers": [f"192.0.2.{number}" for number in range(1, 5)]}},
    },
    "user data without a password": with_cloud_init(
        user_data="#cloud-config\nssh_pwauth: false\npassword:\nusers: [{name: ops, lock_passwd: true}]"
    ),
    "a tunnel whose key is in a file": {
        "software": BASICS,
        "networking": {"networkd": [{"name": "a.netdev", "file_content": "[WireGuard]\nPrivateKeyFile=/etc/key\n"}]},
    },
    "user data in MIME parts": with_cloud_init(user_data="Content-Type: multipart/mixed; boundary=a\n"),
    "user data taken back": with_cloud_init(user_data="", network_config="", datasources=["ConfigDrive"]),
    "a network configuration as netplan nests it": with_cloud_init(network_config="network: {version: 1}"),
    "names of devices beside a network configuration": {
        "software": {"packages": ["cloud-init", "systemd-sysv"]},
        "networking": {"networkd": [{"name": "a.link", "file_content": ""}]},
        "cloudInit": {"network_config": "version: 2"},
    },
    "text that looks like a template": systemd(files=[{"name": "/a", "file_content": "{{ lookup('pipe','id') }}"}]),
}


@pytest.mark.parametrize("areas", RIGHT.values(), ids=RIGHT)
def test_a_node_is_not_refused_for(areas: dict[str, Any]) -> None:
    assert findings(a_profile(**areas)) == ()


WRONG_IMAGES: dict[str, tuple[dict[str, Any], Reason, str]] = {
    "an ISO without the package that starts it": (
        {"image": {"type": "iso", "outputFileName": "a.iso"}},
        Reason.PACKAGE_MISSING,
        "AirshipImage/worker: spec.image.type",
    ),
    "a boot test of what has no boot loader": (
        {"image": {"type": "oci", "outputFileName": "a.tar"}, "verify": {"boot": True}},
        Reason.INVALID_INPUT,
        "AirshipImage/worker: spec.verify.boot",
    ),
    "an archive from a vendor's disk": (
        {"image": {"type": "rootfs", "outputFileName": "a.tar.zst"}, "params": {"software": {"base": VENDORS}}},
        Reason.INVALID_INPUT,
        "AirshipImage/worker: spec.image.type",
    ),
    "a name of another format": (
        {"image": {"type": "raw", "outputFileName": "a.qcow2"}},
        Reason.INVALID_INPUT,
        "AirshipImage/worker: spec.image.outputFileName",
    ),
    "a name of another compression": (
        {"image": {"type": "rootfs", "outputFileName": "a.tar.gz"}},
        Reason.INVALID_INPUT,
        "AirshipImage/worker: spec.image.outputFileName",
    ),
    "a registry": (
        {"output": {"registry": {"repository": "registry.example/a"}}},
        Reason.NOT_YET_SUPPORTED,
        "AirshipImage/worker: spec.output.registry",
    ),
    "no target of the output": ({"output": {}}, Reason.INVALID_INPUT, "AirshipImage/worker: spec.output"),
    "a schedule": (
        {"schedule": {"cron": "0 3 * * 0"}},
        Reason.NOT_YET_SUPPORTED,
        "AirshipImage/worker: spec.schedule",
    ),
    "the upstream builder": (
        {"builder": {"engine": "airship-v1"}},
        Reason.INVALID_INPUT,
        "AirshipImage/worker: spec.builder.image",
    ),
    "the strategy that erases": (
        {"rollout": {"strategy": "Replace"}},
        Reason.NOT_YET_SUPPORTED,
        "AirshipImage/worker: spec.rollout.strategy",
    ),
    "a canary": ({"rollout": {"canary": 1}}, Reason.NOT_YET_SUPPORTED, "AirshipImage/worker: spec.rollout.canary"),
    "the name of a checksum file": (
        {"image": {"type": "qcow2", "outputFileName": "a.sha256"}},
        Reason.UNSAFE_FILE_NAME,
        "AirshipImage/worker: spec.image.outputFileName",
    ),
    "a metadata file in the image's place": (
        {"builder": {"outputMetadataFileName": "worker.qcow2"}},
        Reason.UNSAFE_FILE_NAME,
        "AirshipImage/worker: spec.builder.outputMetadataFileName",
    ),
    "user data in the place of the request": (
        {"builder": {"userDataFileName": "build.yaml"}},
        Reason.UNSAFE_FILE_NAME,
        "AirshipImage/worker: spec.builder.userDataFileName",
    ),
    "a network config that looks like a packed file": (
        {"builder": {"networkConfigFileName": "user-data.gz"}},
        Reason.UNSAFE_FILE_NAME,
        "AirshipImage/worker: spec.builder.networkConfigFileName",
    ),
    "params that are wrong, under their own path": (
        {"params": {"software": {"suite": "sid"}}},
        Reason.NOT_YET_SUPPORTED,
        "AirshipImage/worker: spec.params.software.suite",
    ),
}


@pytest.mark.parametrize(("spec", "reason", "path"), WRONG_IMAGES.values(), ids=WRONG_IMAGES)
def test_an_image_is_refused_for(spec: dict[str, Any], reason: Reason, path: str) -> None:
    assert [(one.reason, one.path) for one in findings(a_profile(), **spec)] == [(reason, path)]


def test_profiles_that_are_not_there_are_named_with_those_that_are() -> None:
    with pytest.raises(SpecError) as caught:
        prepare(an_image(("base", "wroker", "gpu")), {"base": a_profile(), "worker": a_profile("worker")})
    found = caught.value.findings
    assert [(one.reason, one.path) for one in found] == [
        (Reason.PROFILE_NOT_FOUND, "AirshipImage/worker: spec.profiles[wroker]"),
        (Reason.PROFILE_NOT_FOUND, "AirshipImage/worker: spec.profiles[gpu]"),
    ]
    assert found[0].expected == "one of base, worker"


def test_everything_that_is_wrong_is_said_at_once() -> None:
    found = findings(
        a_profile(software={"suite": "sid"}, cloudInit={"datasources": ["None"]}),
        a_profile("disk", **disk(BIOS, ROOT, ESP), kernel={"sysctl": [{"name": "x", "omit": True}]}),
        image={"type": "qcow2", "outputFileName": "worker.iso"},
    )
    assert [(one.reason, one.path.partition(":")[0]) for one in found] == [
        (Reason.INVALID_INPUT, "NodeProfile/disk"),
        (Reason.NOT_YET_SUPPORTED, "NodeProfile/base"),
        (Reason.INVALID_INPUT, "AirshipImage/worker"),
        (Reason.PACKAGE_MISSING, "NodeProfile/base"),
        (Reason.ROOT_NOT_FIRST, "NodeProfile/disk"),
    ]


def test_no_finding_repeats_a_secret() -> None:
    hash_ = "$6$abcdefgh$0123456789abcdef"
    found = findings(
        a_profile(**systemd(user_management=[{"name": "ops", "password": hash_}], banners={"motd": hash_}))
    )
    assert len(found) == 2
    assert not [one for one in found if hash_ in str(one)]


def test_profiles_that_together_exceed_a_bound_are_refused() -> None:
    some = [a_profile(f"p{part}", software={"packages": [f"pkg{part}-{n}" for n in range(600)]}) for part in (1, 2)]
    assert [one.expected for one in findings(*some)] == ["at most 1024 items"]


def test_a_default_needs_no_package_and_a_node_without_cloud_init_has_no_datasources() -> None:
    assert "cloudInit" not in prepared(a_profile()).node.data
    assert prepared(a_profile(software={"packages": ["cloud-init"]})).node.data["cloudInit"]["datasources"] == [
        "ConfigDrive",
        "NoCloud",
        "None",
    ]


def test_secure_boot_cannot_be_shown_by_a_boot_with_bios_alone() -> None:
    (found,) = findings(a_profile(kernel={"secure_boot": True}), verify={"firmware": ["bios"]})
    assert str(found) == (
        "AirshipImage/worker: spec.verify.firmware: found bios alone, expected uefi, because kernel.secure_boot is true"
    )


def test_repositories_of_every_kind_are_taken() -> None:
    debian = a_profile(software={"packages": ["kubelet"], "k8s_version": "v1.34.2", "repos": [ADDON, PACKAGED]})
    assert findings(debian) == ()
    archive = ADDON | {"suite": "noble", "components": "main universe"}
    ubuntu = prepared(a_profile(software={"distribution": "ubuntu", "repos": [archive]}))
    assert ubuntu.node.data["software"]["suite"] == "noble"
    assert ubuntu.node.data["kernel"]["kernel_base_pkg"] == "linux-image-generic"


def test_a_key_by_package_takes_the_place_of_an_earlier_profile_s_key_by_url() -> None:
    later = a_profile("later", software={"repos": [{"name": "addon", "keyring_pkg": "addon-archive-keyring"}]})
    made = prepared(a_profile(software={"repos": [ADDON]}), later)
    (found,) = made.node.data["software"]["repos"]
    assert "keyring_url" not in found
    assert found["keyring_pkg"] == "addon-archive-keyring"


def test_a_signed_driver_is_taken_under_secure_boot() -> None:
    signing = {"key_from": KEY, "certificate_from": KEY | {"key": "certificate"}}
    made = prepared(a_profile(kernel={"secure_boot": True}, drivers={"dkms": [DRIVER], "module_signing": signing}))
    assert [ref.key for ref in made.secrets] == ["k", "certificate"]
    assert "module_signing" not in made.files["rootfs-vars.yaml"]


def test_compiled_modules_must_be_signed_where_secure_boot_is_asked_for() -> None:
    dkms = [{"name": "nic", "url": "https://files.example/nic.tar.gz", "sha256": "a" * 64}]
    signing = {"key_from": KEY, "certificate_from": KEY}
    (found,) = findings(a_profile(kernel={"secure_boot": True}, drivers={"dkms": dkms}))
    assert (found.reason, found.path) == (Reason.UNSIGNED, "NodeProfile/base: spec.drivers.dkms")
    assert findings(a_profile(kernel={"secure_boot": True}, drivers={"dkms": dkms, "module_signing": signing})) == ()
    assert findings(a_profile(drivers={"dkms": dkms})) == ()
