import pytest

from airship_images.api.reasons import Reason
from tests.unit.spec.nodes import a_profile, findings, refusals
from tests.unit.spec.rules.parts import KEY, NETPLAN, USER_DATA, VENDORS, Areas, Wrong, systemd

WRONG: Wrong = {
    "a Kubernetes version without Kubernetes": (
        {"software": {"k8s_version": "1.34.2"}},
        Reason.PACKAGE_MISSING,
        "NodeProfile/base: spec.software.k8s_version",
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
    "user data without cloud-init": (
        {"cloudInit": {"user_data": USER_DATA}},
        Reason.PACKAGE_MISSING,
        "NodeProfile/base: spec.cloudInit.user_data",
    ),
    "sysctl without anything that sets it": (
        {"kernel": {"sysctl": [{"name": "vm.swappiness", "value": "1"}]}},
        Reason.PACKAGE_MISSING,
        "NodeProfile/base: spec.kernel.sysctl",
    ),
}


@pytest.mark.parametrize(("areas", "reason", "path"), WRONG.values(), ids=WRONG)
def test_a_node_is_refused_for(areas: Areas, reason: Reason, path: str) -> None:
    assert refusals(a_profile(**areas)) == [(reason, path)]


RIGHT: dict[str, Areas] = {
    "features whose package a vendor's image may have": {
        "software": {"base": VENDORS},
        "cloudInit": {"datasources": ["None"]},
        "kernel": {"sysctl": [{"name": "vm.swappiness", "value": "1"}]},
    },
    "sudo: false without the package": systemd(user_management=[{"name": "ops", "sudo": False}]),
    "a package held at a version": {
        "software": {"packages": ["cloud-init=23.4.1-1"]},
        "cloudInit": {"datasources": ["None"]},
    },
}


@pytest.mark.parametrize("areas", RIGHT.values(), ids=RIGHT)
def test_a_node_is_not_refused_for(areas: Areas) -> None:
    assert findings(a_profile(**areas)) == ()
