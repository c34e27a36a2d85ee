import pytest

from airship_images.api.reasons import Reason
from tests.unit.spec.nodes import a_profile, refusals
from tests.unit.spec.rules.parts import BASICS, Areas, Wrong, systemd

WRONG: Wrong = {
    "a role from nowhere": (
        systemd(roles=[{"name": "agent"}]),
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.system.roles[agent]",
    ),
    "an extra variable that is Ansible's own": (
        {"software": BASICS, "extraVars": {"ansible_connection": "ssh"}},
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.extraVars",
    ),
    "an extra variable that no role can name": (
        {"software": BASICS, "extraVars": {"a-b": "x"}},
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.extraVars",
    ),
    "an extra variable that we set": (
        {"software": BASICS, "extraVars": {"image_root": "/"}},
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.extraVars",
    ),
}


@pytest.mark.parametrize(("areas", "reason", "path"), WRONG.values(), ids=WRONG)
def test_a_node_is_refused_for(areas: Areas, reason: Reason, path: str) -> None:
    assert refusals(a_profile(**areas)) == [(reason, path)]
