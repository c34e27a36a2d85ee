import pytest

from airship_images.api.reasons import Reason
from tests.unit.spec.nodes import a_profile, refusals
from tests.unit.spec.rules.parts import BASICS, FETCHED, Areas, Wrong, systemd

WRONG: Wrong = {
    "an item that nobody completes": (
        {"software": BASICS, "kernel": {"sysctl": [{"name": "vm.swappiness"}]}},
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.kernel.sysctl[vm.swappiness]",
    ),
    "a limit without its value": (
        systemd(limits=[{"name": "nofile", "domain": "*", "type": "soft", "item": "nofile"}]),
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.system.limits[nofile]",
    ),
    "a fetched file without its digest": (
        systemd(fetch_from_url=[{key: value for key, value in FETCHED.items() if key != "sha256"}]),
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.system.fetch_from_url[/srv/a]",
    ),
}


@pytest.mark.parametrize(("areas", "reason", "path"), WRONG.values(), ids=WRONG)
def test_a_node_is_refused_for(areas: Areas, reason: Reason, path: str) -> None:
    assert refusals(a_profile(**areas)) == [(reason, path)]
