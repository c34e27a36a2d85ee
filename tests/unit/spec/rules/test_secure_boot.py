import pytest

from airship_images.api.reasons import Reason
from tests.unit.spec.nodes import a_profile, findings, refusals
from tests.unit.spec.rules.parts import DRIVER, KEY, VENDORS, Areas, Wrong

NOBLE = {"name": "archive", "source": "https://ubuntu.example/ubuntu", "suite": "noble", "components": "main"}
WRONG: Wrong = {
    "a distribution whose kernels the boot loader does not take": (
        {
            "kernel": {"secure_boot": True},
            "software": {
                "distribution": "ubuntu",
                "repos": [NOBLE | {"keyring_url": "https://ubuntu.example/key.asc", "keyring_sha256": "a" * 64}],
            },
        },
        Reason.NOT_YET_SUPPORTED,
        "NodeProfile/base: spec.software.distribution",
    ),
    "a driver that nobody signs under Secure Boot": (
        {"kernel": {"secure_boot": True}, "drivers": {"dkms": [DRIVER]}},
        Reason.UNSIGNED,
        "NodeProfile/base: spec.drivers.dkms",
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
}


@pytest.mark.parametrize(("areas", "reason", "path"), WRONG.values(), ids=WRONG)
def test_a_node_is_refused_for(areas: Areas, reason: Reason, path: str) -> None:
    assert refusals(a_profile(**areas)) == [(reason, path)]


def test_secure_boot_cannot_be_shown_by_a_boot_with_bios_alone() -> None:
    (found,) = findings(a_profile(kernel={"secure_boot": True}), verify={"firmware": ["bios"]})
    assert str(found) == (
        "AirshipImage/worker: spec.verify.firmware: found bios alone, expected uefi, because kernel.secure_boot is true"
    )


def test_compiled_modules_must_be_signed_where_secure_boot_is_asked_for() -> None:
    dkms = [{"name": "nic", "url": "https://files.example/nic.tar.gz", "sha256": "a" * 64}]
    signing = {"key_from": KEY, "certificate_from": KEY}
    (found,) = findings(a_profile(kernel={"secure_boot": True}, drivers={"dkms": dkms}))
    assert (found.reason, found.path) == (Reason.UNSIGNED, "NodeProfile/base: spec.drivers.dkms")
    assert findings(a_profile(kernel={"secure_boot": True}, drivers={"dkms": dkms, "module_signing": signing})) == ()
    assert findings(a_profile(drivers={"dkms": dkms})) == ()


def test_a_vendor_s_image_has_a_boot_loader_of_its_own() -> None:
    assert findings(a_profile(kernel={"secure_boot": True}, software={"base": VENDORS})) == ()
