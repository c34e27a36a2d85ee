import pytest

from airship_images.api.reasons import Reason
from tests.unit.spec.nodes import a_profile, refusals
from tests.unit.spec.rules.parts import Areas, Wrong

WRONG: Wrong = {
    "another architecture": (
        {"software": {"rootfs_arch": "arm64"}},
        Reason.NOT_YET_SUPPORTED,
        "NodeProfile/base: spec.software.rootfs_arch",
    ),
}


@pytest.mark.parametrize(("areas", "reason", "path"), WRONG.values(), ids=WRONG)
def test_a_node_is_refused_for(areas: Areas, reason: Reason, path: str) -> None:
    assert refusals(a_profile(**areas)) == [(reason, path)]


WRONG_IMAGES: Wrong = {
    "a registry": (
        {"output": {"registry": {"repository": "registry.example/a"}}},
        Reason.NOT_YET_SUPPORTED,
        "AirshipImage/worker: spec.output.registry",
    ),
}


@pytest.mark.parametrize(("spec", "reason", "path"), WRONG_IMAGES.values(), ids=WRONG_IMAGES)
def test_an_image_is_refused_for(spec: Areas, reason: Reason, path: str) -> None:
    assert refusals(a_profile(), **spec) == [(reason, path)]
