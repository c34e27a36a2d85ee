import pytest

from airship_images.api.reasons import Reason
from tests.unit.spec.nodes import a_profile, refusals
from tests.unit.spec.rules.parts import Areas, Wrong, systemd

WRONG: Wrong = {
    "a drop-in that is enabled": (
        systemd(systemd=[{"name": "a.service.d/b.conf", "file_content": "", "enabled": True}]),
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.system.systemd[a.service.d/b.conf].enabled",
    ),
    "force with nothing to enable": (
        systemd(systemd=[{"name": "a.service", "file_content": "", "force": True}]),
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.system.systemd[a.service].force",
    ),
    "a unit of which nothing is said": (
        systemd(systemd=[{"name": "a.service"}]),
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.system.systemd[a.service]",
    ),
}


@pytest.mark.parametrize(("areas", "reason", "path"), WRONG.values(), ids=WRONG)
def test_a_node_is_refused_for(areas: Areas, reason: Reason, path: str) -> None:
    assert refusals(a_profile(**areas)) == [(reason, path)]
