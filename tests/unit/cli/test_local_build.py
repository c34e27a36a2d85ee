"""What a phase sees of this machine when there is no cluster."""

from pathlib import Path

import pytest

from airship_images.api.build import BuildFailure, BuildPhase, CacheLookup
from airship_images.api.errors import OutsideError
from airship_images.api.views import VIEWS
from airship_images.cli.local_build import BuildRejectedError, failure_of
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


def test_a_phase_that_was_killed_has_no_last_words_though_an_earlier_one_spoke_of_its_cache(tmp_path: Path) -> None:
    ended = tmp_path / "termination.json"
    ended.write_text(CacheLookup(entry="rootfs", hit=True).model_dump_json(by_alias=True))
    for killed in (failure_of(ended, -9, (), ""), failure_of(tmp_path / "nothing", -9, (), "")):
        assert isinstance(killed, OutsideError)
        assert "was killed" in killed.message
    failure = BuildFailure(phase="configure", reason="ConfigureFailed", message="no such user", retryable=False)
    ended.write_text(failure.model_dump_json(by_alias=True))
    assert isinstance(failure_of(ended, 2, (), ""), BuildRejectedError)
