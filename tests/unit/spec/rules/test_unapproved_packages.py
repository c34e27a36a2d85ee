import pytest

from airship_images.api.reasons import Reason
from tests.unit.spec.nodes import a_profile, refusals
from tests.unit.spec.rules.parts import Areas, Wrong

WRONG: Wrong = {
    "a package that must not be": (
        {"software": {"packages": ["snapd"], "unapproved_packages": ["snap*"]}},
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.software.unapproved_packages[snap*]",
    ),
}


@pytest.mark.parametrize(("areas", "reason", "path"), WRONG.values(), ids=WRONG)
def test_a_node_is_refused_for(areas: Areas, reason: Reason, path: str) -> None:
    assert refusals(a_profile(**areas)) == [(reason, path)]
