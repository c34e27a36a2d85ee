"""What becomes of a build that runs when its image asks for another one."""

from dataclasses import replace

import pytest

from airship_images.api.build import BuildPhase
from airship_images.api.reasons import Reason
from airship_images.plan.actions import DeleteJob
from airship_images.plan.events import Event
from airship_images.plan.jobs import Job
from airship_images.plan.plan import plan
from airship_images.plan.state import State
from tests.unit.plan.states import a_state, a_state_of_nothing, an_image, published, with_built_rootfs

NEWER = with_built_rootfs(a_state(an_image(params={"system": {"banners": {"login": "welcome"}}})))


def former(phase: BuildPhase | None) -> Job:
    return Job("worker-former", "uid-of-former", 1, "active", phase)


def stopped(state: State) -> list[str]:
    return [action.name for action in plan(state).actions if isinstance(action, DeleteJob)]


@pytest.mark.parametrize(
    ("phase", "is_stopped"), [(None, True), ("disk", True), ("configure", True), ("boot", True), ("publish", False)]
)
def test_a_newer_spec_stops_the_running_job_unless_it_publishes(phase: BuildPhase | None, *, is_stopped: bool) -> None:
    state = replace(NEWER, former_jobs=(former(phase),))
    assert stopped(state) == (["worker-former"] if is_stopped else [])
    assert plan(state).leaves_status, "the newer one waits for nothing"


def test_that_a_job_was_stopped_is_said_in_an_event() -> None:
    state = replace(NEWER, former_jobs=(former("disk"),))
    told = plan(state).events
    assert Event("Normal", Reason.SUPERSEDED, "Job worker-former is stopped: a newer spec is built") in told


def test_a_newer_spec_is_built_only_after_the_older_one_makes_room() -> None:
    assert isinstance(plan(replace(NEWER, former_jobs=(former("disk"),))).actions[0], DeleteJob)


def test_a_suspended_image_finishes_what_runs() -> None:
    suspended = replace(NEWER, spec=an_image(suspend=True).spec, former_jobs=(former("disk"),))
    assert plan(suspended).actions == ()


def test_documents_that_make_no_image_stop_nothing() -> None:
    broken = replace(a_state_of_nothing(Reason.INVALID_INPUT, "no"), former_jobs=(former("disk"),))
    assert plan(broken).actions == ()


def test_a_spec_that_goes_back_to_what_is_published_stops_what_it_left() -> None:
    assert stopped(replace(published(), former_jobs=(former("configure"),))) == ["worker-former"]
