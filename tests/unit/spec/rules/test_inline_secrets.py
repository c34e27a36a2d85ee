import pytest

from airship_images.api.reasons import Reason
from tests.unit.spec.nodes import a_profile, findings, refusals
from tests.unit.spec.rules.parts import BASICS, KEY, NETPLAN, Areas, Wrong, systemd, with_cloud_init

WRONG: Wrong = {
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
}


@pytest.mark.parametrize(("areas", "reason", "path"), WRONG.values(), ids=WRONG)
def test_a_node_is_refused_for(areas: Areas, reason: Reason, path: str) -> None:
    assert refusals(a_profile(**areas)) == [(reason, path)]


RIGHT: dict[str, Areas] = {
    "a password by reference": systemd(user_management=[{"name": "ops", "password_from": KEY}]),
    "user data without a password": with_cloud_init(
        user_data="#cloud-config\nssh_pwauth: false\npassword:\nusers: [{name: ops, lock_passwd: true}]"
    ),
    "a tunnel whose key is in a file": {
        "software": BASICS,
        "networking": {"networkd": [{"name": "a.netdev", "file_content": "[WireGuard]\nPrivateKeyFile=/etc/key\n"}]},
    },
}


@pytest.mark.parametrize("areas", RIGHT.values(), ids=RIGHT)
def test_a_node_is_not_refused_for(areas: Areas) -> None:
    assert findings(a_profile(**areas)) == ()


def test_no_finding_repeats_a_secret() -> None:
    hash_ = "$6$abcdefgh$0123456789abcdef"
    found = findings(
        a_profile(**systemd(user_management=[{"name": "ops", "password": hash_}], banners={"motd": hash_}))
    )
    assert len(found) == 2
    assert not [one for one in found if hash_ in str(one)]
