import pytest

from airship_images.api.reasons import Reason
from tests.unit.spec.nodes import a_profile, refusals
from tests.unit.spec.rules.parts import Areas, Wrong

WRONG: Wrong = {
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
    "another suite": (
        {"software": {"suite": "sid"}},
        Reason.NOT_YET_SUPPORTED,
        "NodeProfile/base: spec.software.suite",
    ),
}


@pytest.mark.parametrize(("areas", "reason", "path"), WRONG.values(), ids=WRONG)
def test_a_node_is_refused_for(areas: Areas, reason: Reason, path: str) -> None:
    assert refusals(a_profile(**areas)) == [(reason, path)]


WRONG_IMAGES: Wrong = {
    "params that are wrong, under their own path": (
        {"params": {"software": {"suite": "sid"}}},
        Reason.NOT_YET_SUPPORTED,
        "AirshipImage/worker: spec.params.software.suite",
    ),
}


@pytest.mark.parametrize(("spec", "reason", "path"), WRONG_IMAGES.values(), ids=WRONG_IMAGES)
def test_an_image_is_refused_for(spec: Areas, reason: Reason, path: str) -> None:
    assert refusals(a_profile(), **spec) == [(reason, path)]
