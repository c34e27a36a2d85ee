import pytest

from airship_images.api.reasons import Reason
from tests.unit.spec.nodes import a_profile, prepared, refusals
from tests.unit.spec.rules.parts import DRIVER, KEY, Areas, Wrong

WRONG: Wrong = {
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
}


@pytest.mark.parametrize(("areas", "reason", "path"), WRONG.values(), ids=WRONG)
def test_a_node_is_refused_for(areas: Areas, reason: Reason, path: str) -> None:
    assert refusals(a_profile(**areas)) == [(reason, path)]


def test_a_signed_driver_is_taken_under_secure_boot() -> None:
    signing = {"key_from": KEY, "certificate_from": KEY | {"key": "certificate"}}
    made = prepared(a_profile(kernel={"secure_boot": True}, drivers={"dkms": [DRIVER], "module_signing": signing}))
    assert [ref.key for ref in made.secrets] == ["k", "certificate"]
    assert "module_signing" not in made.files["rootfs-vars.yaml"]
