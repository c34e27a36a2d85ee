import pytest

from airship_images.api.reasons import Reason
from tests.unit.spec.nodes import a_profile, refusals
from tests.unit.spec.rules.parts import VENDORS, Areas, Wrong

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
