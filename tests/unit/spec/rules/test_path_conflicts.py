import pytest

from airship_images.api.reasons import Reason
from tests.unit.spec.nodes import a_profile, findings, refusals
from tests.unit.spec.rules.parts import FETCHED, Areas, Wrong, systemd

WRONG: Wrong = {
    "a file and a directory of one path": (
        systemd(files=[{"name": "/srv/a"}], directories=[{"name": "/srv/a"}]),
        Reason.PATH_CONFLICT,
        "NodeProfile/base: spec.system.files[/srv/a]",
    ),
    "a file that is also fetched": (
        systemd(files=[{"name": "/srv/a"}], fetch_from_url=[FETCHED]),
        Reason.PATH_CONFLICT,
        "NodeProfile/base: spec.system.fetch_from_url[/srv/a]",
    ),
    "a file below a file": (
        systemd(files=[{"name": "/srv/a"}, {"name": "/srv/a/b/c"}]),
        Reason.PATH_CONFLICT,
        "NodeProfile/base: spec.system.files[/srv/a]",
    ),
    "a directory below a file": (
        systemd(files=[{"name": "/srv/a"}], directories=[{"name": "/srv/a/b"}]),
        Reason.PATH_CONFLICT,
        "NodeProfile/base: spec.system.files[/srv/a]",
    ),
}


@pytest.mark.parametrize(("areas", "reason", "path"), WRONG.values(), ids=WRONG)
def test_a_node_is_refused_for(areas: Areas, reason: Reason, path: str) -> None:
    assert refusals(a_profile(**areas)) == [(reason, path)]


RIGHT: dict[str, Areas] = {
    "a file inside a directory": systemd(files=[{"name": "/srv/a/b"}], directories=[{"name": "/srv/a"}]),
    "two paths of which one begins like the other": systemd(files=[{"name": "/srv/a"}, {"name": "/srv/ab"}]),
}


@pytest.mark.parametrize("areas", RIGHT.values(), ids=RIGHT)
def test_a_node_is_not_refused_for(areas: Areas) -> None:
    assert findings(a_profile(**areas)) == ()
