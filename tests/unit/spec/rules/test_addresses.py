import pytest

from airship_images.api.reasons import Reason
from tests.unit.spec.nodes import a_profile, findings, refusals
from tests.unit.spec.rules.parts import Areas, Wrong

WRONG: Wrong = {
    "an address that is none": (
        {"networking": {"hosts": [{"name": "192.0.2.256", "hostnames": ["a"]}]}},
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.networking.hosts[192.0.2.256].name",
    ),
    "a name server that is none": (
        {"networking": {"resolver": {"nameservers": ["192.0.2"]}}},
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.networking.resolver.nameservers[192.0.2]",
    ),
    "more name servers than glibc asks": (
        {"networking": {"resolver": {"nameservers": [f"192.0.2.{number}" for number in range(1, 5)]}}},
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.networking.resolver.nameservers",
    ),
}


@pytest.mark.parametrize(("areas", "reason", "path"), WRONG.values(), ids=WRONG)
def test_a_node_is_refused_for(areas: Areas, reason: Reason, path: str) -> None:
    assert refusals(a_profile(**areas)) == [(reason, path)]


RIGHT: dict[str, Areas] = {
    "more name servers for systemd-resolved": {
        "software": {"packages": ["systemd-resolved"]},
        "networking": {"resolver": {"nameservers": [f"192.0.2.{number}" for number in range(1, 5)]}},
    },
}


@pytest.mark.parametrize("areas", RIGHT.values(), ids=RIGHT)
def test_a_node_is_not_refused_for(areas: Areas) -> None:
    assert findings(a_profile(**areas)) == ()
