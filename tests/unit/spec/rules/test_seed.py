import pytest

from airship_images.api.reasons import Reason
from tests.unit.spec.nodes import a_profile, findings, refusals
from tests.unit.spec.rules.parts import NETPLAN, USER_DATA, Areas, Wrong, with_cloud_init

WRONG: Wrong = {
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
}


@pytest.mark.parametrize(("areas", "reason", "path"), WRONG.values(), ids=WRONG)
def test_a_node_is_refused_for(areas: Areas, reason: Reason, path: str) -> None:
    assert refusals(a_profile(**areas)) == [(reason, path)]


RIGHT: dict[str, Areas] = {
    "user data in MIME parts": with_cloud_init(user_data="Content-Type: multipart/mixed; boundary=a\n"),
    "user data taken back": with_cloud_init(user_data="", network_config="", datasources=["ConfigDrive"]),
    "a network configuration as netplan nests it": with_cloud_init(network_config="network: {version: 1}"),
    "names of devices beside a network configuration": {
        "software": {"packages": ["cloud-init", "systemd-sysv"]},
        "networking": {"networkd": [{"name": "a.link", "file_content": ""}]},
        "cloudInit": {"network_config": "version: 2"},
    },
}


@pytest.mark.parametrize("areas", RIGHT.values(), ids=RIGHT)
def test_a_node_is_not_refused_for(areas: Areas) -> None:
    assert findings(a_profile(**areas)) == ()
