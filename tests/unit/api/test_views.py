"""What each phase sees, and which phases may share a process."""

from typing import get_args

import pytest

from airship_images.api.build import BuildPhase
from airship_images.api.views import VIEWS, groups, shared

ALL: tuple[BuildPhase, ...] = get_args(BuildPhase)
OTHERS = [phase for phase in ALL if VIEWS[phase].runs_others]


def test_every_phase_has_its_view() -> None:
    assert tuple(VIEWS) == ALL


@pytest.mark.parametrize("phase", OTHERS)
def test_code_of_others_writes_no_cache_and_sees_no_output(phase: BuildPhase) -> None:
    assert (VIEWS[phase].cache in ("read", None), VIEWS[phase].output) == (True, None)


def test_only_publishing_and_removing_write_the_output() -> None:
    assert [phase for phase in ALL if VIEWS[phase].output == "write"] == ["publish", "prune-output"]


def test_secrets_of_an_image_are_seen_by_configure_and_by_the_boot_test_that_hides_them() -> None:
    assert [phase for phase in ALL if VIEWS[phase].secrets] == ["configure", "boot"]


def test_phases_share_a_process_but_for_those_that_run_code_of_others() -> None:
    apart = ("resolve", "fetch-image", "hand-over", "airship-v1", "take-in", "prune-output")
    ours = tuple(phase for phase in ALL if phase not in apart)
    assert groups(ours) == [("fetch",), ("rootfs",), ("commit", "disk"), ("configure",), ("boot", "publish")]
    assert groups(("disk", "configure", "publish")) == [("disk",), ("configure",), ("publish",)]


def test_phases_of_one_process_see_what_each_of_them_sees() -> None:
    both = shared(("commit", "disk"))
    assert (both.cache, both.output, both.secrets, both.runs_others) == ("write", "read", False, False)
    assert shared(("configure",)) == VIEWS["configure"]
