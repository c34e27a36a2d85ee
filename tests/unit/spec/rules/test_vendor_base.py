import pytest

from airship_images.api.reasons import Reason
from tests.unit.spec.nodes import a_profile, findings, refusals
from tests.unit.spec.rules.parts import VENDORS, Areas, Wrong

SCRIPT = {"name": "seal", "file_content": "#!/bin/sh\n"}
ROLE = {"name": "agent", "oci": {"reference": f"registry.example/roles/agent@sha256:{'0' * 64}"}}
WRONG: Wrong = {
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
    "a user's script in a vendor's image": (
        {"software": {"base": VENDORS}, "system": {"user_scripts": [SCRIPT]}},
        Reason.NOT_YET_SUPPORTED,
        "NodeProfile/base: spec.system.user_scripts[seal]",
    ),
    "a user's role in a vendor's image": (
        {"software": {"base": VENDORS}, "system": {"roles": [ROLE]}},
        Reason.NOT_YET_SUPPORTED,
        "NodeProfile/base: spec.system.roles[agent]",
    ),
}


@pytest.mark.parametrize(("areas", "reason", "path"), WRONG.values(), ids=WRONG)
def test_a_node_is_refused_for(areas: Areas, reason: Reason, path: str) -> None:
    assert refusals(a_profile(**areas)) == [(reason, path)]


WRONG_IMAGES: Wrong = {
    "an archive from a vendor's disk": (
        {"image": {"type": "rootfs", "outputFileName": "a.tar.zst"}, "params": {"software": {"base": VENDORS}}},
        Reason.INVALID_INPUT,
        "AirshipImage/worker: spec.image.type",
    ),
}


@pytest.mark.parametrize(("spec", "reason", "path"), WRONG_IMAGES.values(), ids=WRONG_IMAGES)
def test_an_image_is_refused_for(spec: Areas, reason: Reason, path: str) -> None:
    assert refusals(a_profile(), **spec) == [(reason, path)]


def test_a_script_for_images_of_another_type_is_not_in_the_way() -> None:
    elsewhere = SCRIPT | {"run_contexts": ["iso"]}
    assert findings(a_profile(software={"base": VENDORS}, system={"user_scripts": [elsewhere]})) == ()


def test_what_is_refused_is_said_with_what_was_found_and_what_would_be_right() -> None:
    (found,) = findings(a_profile(software={"base": VENDORS}, system={"user_scripts": [SCRIPT]}))
    assert str(found) == (
        "NodeProfile/base: spec.system.user_scripts[seal]: found users' code beside software.base,"
        " expected nothing: users' code runs in a root filesystem of packages"
    )
