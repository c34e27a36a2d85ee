"""What a phase sees of this machine when there is no cluster."""

from pathlib import Path

import pytest

from airship_images.api.build import BuildPhase
from airship_images.api.views import VIEWS
from airship_images.cli.workplace import Workplace

PLACE = Workplace(
    cache=Path("/the/cache"),
    output=Path("/the/output"),
    request=Path("/the/request"),
    secrets=Path("/the/secrets"),
    pull_secrets=Path("/the/pull_secrets"),
    scratch=Path("/the/scratch"),
    ended=Path("/the/ended"),
)


@pytest.mark.parametrize("phase", ["rootfs", "configure"])
def test_code_of_others_gets_the_cache_read_only_and_no_output(phase: BuildPhase) -> None:
    view = VIEWS[phase]
    assert PLACE.binds(view)[PLACE.cache] == "/cache"
    assert PLACE.cache in PLACE.read_only(view)
    assert PLACE.output not in PLACE.binds(view)
    assert (PLACE.secrets in PLACE.binds(view)) == (phase == "configure")


def test_the_workplaces_of_other_builds_in_the_cache_are_hidden() -> None:
    assert PLACE.hidden(VIEWS["configure"]) == ("/cache/scratch",)
    assert PLACE.hidden(VIEWS["publish"]) == ()


def test_the_disk_phase_writes_the_cache_and_reads_the_output() -> None:
    view = VIEWS["disk"]
    assert PLACE.cache not in PLACE.read_only(view)
    assert PLACE.output in PLACE.read_only(view)
    assert PLACE.secrets not in PLACE.binds(view)


def test_nobody_writes_the_request_or_the_secrets() -> None:
    for view in VIEWS.values():
        assert {PLACE.request, PLACE.secrets} <= set(PLACE.read_only(view))
