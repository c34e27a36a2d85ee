"""What becomes of a build that fails: what status says of it, and when it is tried again."""

from dataclasses import replace
from datetime import timedelta

import pytest

from airship_images.api.build import BuildFailure
from airship_images.api.reasons import Reason
from airship_images.api.status import BuildStatus
from airship_images.plan.actions import DeleteJob, StartBuild
from airship_images.plan.backoff import LONGEST_WAIT, backoff
from airship_images.plan.jobs import Trouble
from airship_images.plan.plan import plan
from airship_images.plan.retry import TRIES
from airship_images.plan.running import PATIENCE
from airship_images.plan.state import State
from airship_images.spec import prepare
from tests.unit.plan.states import (
    NOW,
    a_failure,
    a_profile,
    a_state,
    an_image,
    image_job,
    rootfs_job,
    summary,
    with_built_rootfs,
    written,
)


def failed(reason: Reason, *, retryable: bool = True, attempt: int = 1) -> State:
    """The image's Job failed just now."""
    state = with_built_rootfs(a_state())
    failure = BuildFailure(phase="configure", reason=reason, message="no luck", retryable=retryable)
    job = image_job(state, outcome="failed", phase="configure", finished=NOW, failure=failure, attempt=attempt)
    return replace(state, image_job=replace(job, last_lines=("first", "last")))


def edited(state: State) -> State:
    """Somebody changed the AirshipImage, and nothing that is hashed."""
    return replace(state, identity=replace(state.identity, generation=state.identity.generation + 1))


def the_build(state: State) -> BuildStatus:
    found = plan(state).status.build
    assert found is not None
    return found


def test_a_failed_build_tells_container_last_lines_and_the_command_that_shows_more() -> None:
    build = the_build(failed(Reason.CONFIGURE_FAILED, retryable=False))
    assert (build.phase, build.reason, build.attempt) == ("configure", "ConfigureFailed", 1)
    assert build.last_lines == ["first", "last"]
    name = image_job(a_state()).name
    assert build.logs == f"kubectl logs --namespace default job/{name} --container configure"
    assert build.message == f"configure of Job {name}: no luck"


def test_what_was_told_of_a_failure_stays_though_the_job_tells_less_of_it_later() -> None:
    told = written(failed(Reason.NODE_LOST))
    assert told.image_job is not None
    vague = BuildFailure(phase="disk", reason=Reason.BUILD_FAILED, message="its pod is gone", retryable=True)
    later = replace(told, image_job=replace(told.image_job, failure=vague, last_lines=()))
    assert plan(later).status == told.status


def test_a_container_that_never_ran_has_no_log_to_show() -> None:
    state = a_state()
    failure = BuildFailure(phase="fetch", reason=Reason.UNSCHEDULABLE, message="no node", retryable=True)
    job = rootfs_job(state, outcome="failed", finished=NOW, failure=failure)
    assert the_build(replace(state, rootfs_job=job)).logs is None


@pytest.mark.parametrize(
    ("reason", "retryable", "attempt", "tried_again"),
    [
        (Reason.INVALID_INPUT, False, 1, False),
        (Reason.BUG, False, 1, False),
        (Reason.MIRROR_FAILED, True, 1, True),
        (Reason.MIRROR_FAILED, True, 50, True),
        (Reason.EVICTED, True, 9, True),
        (Reason.NODE_LOST, True, 9, True),
        (Reason.UNSCHEDULABLE, True, 9, True),
        (Reason.OUT_OF_MEMORY, True, TRIES[Reason.OUT_OF_MEMORY] - 1, True),
        (Reason.OUT_OF_MEMORY, True, TRIES[Reason.OUT_OF_MEMORY], False),
        (Reason.TIMED_OUT, True, TRIES[Reason.TIMED_OUT], False),
    ],
)
def test_whether_a_failure_is_tried_again_depends_on_its_kind(
    reason: Reason, attempt: int, *, retryable: bool, tried_again: bool
) -> None:
    found = plan(failed(reason, retryable=retryable, attempt=attempt))
    assert ("Reconciling" in summary(found.status)) is tried_again
    assert ("Stalled" in summary(found.status)) is not tried_again
    assert found.status.build is not None
    assert (found.status.build.next_try_at is not None) is tried_again
    assert (found.wake_after is not None) is tried_again


@pytest.mark.parametrize("retryable", [True, False])
def test_an_edit_of_what_is_in_no_hash_is_taken_up_at_once(*, retryable: bool) -> None:
    told = written(failed(Reason.OUT_OF_MEMORY, retryable=retryable))
    assert plan(told).actions == ()
    (deletion,) = plan(edited(told)).actions
    assert isinstance(deletion, DeleteJob)

    killed = replace(edited(told), image_job=None)
    still_there = written(edited(told))
    gone = replace(still_there, image_job=None)
    assert plan(still_there).actions == (deletion,), "the deletion was not seen yet"
    for state in (killed, gone):
        start = plan(replace(state, now=NOW + timedelta(seconds=1))).actions[-1]
        assert isinstance(start, StartBuild)
        assert start.attempt == 2


def test_an_edit_that_comes_together_with_the_failure_is_taken_up_too() -> None:
    before = written(replace(failed(Reason.BUG), image_job=None))
    both = edited(replace(failed(Reason.BUG, retryable=False), status=before.status))
    assert plan(both).actions == ()
    assert plan(both).wake_after == timedelta()
    assert isinstance(plan(written(both)).actions[0], DeleteJob)


@pytest.mark.parametrize("told", [True, False], ids=["told", "untold"])
def test_a_rebuild_request_tries_a_failed_root_filesystem_again_once(*, told: bool) -> None:
    """Its Job is that of every trigger, so that the request's own build begins with the failure of the former one."""
    before = a_state()
    job = rootfs_job(before, outcome="failed", finished=NOW, failure=a_failure("rootfs", retryable=False))
    before = replace(before, rootfs_job=job if told else None)
    before = written(before)
    image = an_image()
    asked = replace(
        before, rootfs_job=job, inputs=prepare(image, {"base": a_profile()}, trigger="2026-03-01T12:00:00Z")
    )
    assert plan(asked).wake_after == timedelta(), "status tells of the failure before its Job goes"
    (deletion,) = plan(written(asked)).actions
    assert deletion == DeleteJob(job.name, job.uid)
    start = plan(replace(written(asked), rootfs_job=None)).actions[-1]
    assert isinstance(start, StartBuild)
    assert start.attempt == 2
    again = replace(job, uid="the-second", attempt=2)
    stalled = written(replace(written(asked), rootfs_job=again))
    assert "Stalled" in summary(stalled.status)
    assert plan(stalled).actions == ()


def test_an_edit_tries_nothing_again_while_the_image_is_suspended() -> None:
    told = written(failed(Reason.BUG, retryable=False))
    suspended = edited(replace(told, spec=an_image(suspend=True).spec))
    assert plan(suspended).actions == ()
    assert summary(plan(suspended).status)["Ready"] == "False Suspended"
    resumed = edited(replace(written(suspended), spec=an_image().spec))
    resumed = replace(resumed, identity=replace(resumed.identity, generation=3))
    assert isinstance(plan(resumed).actions[0], DeleteJob)


def test_what_keeps_a_pod_from_starting_is_told_once_it_does_not_pass_by_itself() -> None:
    state = a_state()
    trouble = Trouble(Reason.UNSCHEDULABLE, "no node takes its pod", NOW)
    stuck = replace(state, rootfs_job=rootfs_job(state, trouble=trouble))
    assert summary(plan(stuck).status)["Built"] == "False BuildingRootfs"
    assert plan(stuck).wake_after == PATIENCE
    later = plan(replace(stuck, now=NOW + PATIENCE))
    assert later.actions == ()
    assert later.wake_after is None
    assert summary(later.status)["Built"] == "False Unschedulable"
    assert summary(later.status)["Reconciling"] == "True Progressing"
    assert later.status.build is not None
    assert "no node takes its pod" in later.status.build.message


def test_a_clock_that_is_ahead_of_ours_makes_no_wait_longer() -> None:
    ahead = NOW + timedelta(days=1)
    state = failed(Reason.MIRROR_FAILED)
    of_the_node = replace(state, image_job=replace(state.image_job, finished=ahead))  # type: ignore[type-var]
    assert plan(of_the_node).wake_after == backoff(1, state.image_job.name)  # type: ignore[union-attr]
    of_another_operator = written(replace(of_the_node, now=ahead))
    wait = plan(replace(of_another_operator, now=NOW)).wake_after
    assert wait is not None
    assert wait <= LONGEST_WAIT
    state = a_state()
    of_the_scheduler = Trouble(Reason.UNSCHEDULABLE, "no node takes its pod", ahead)
    assert plan(replace(state, rootfs_job=rootfs_job(state, trouble=of_the_scheduler))).wake_after == PATIENCE


@pytest.mark.parametrize("phase", ["boot", "publish"])
def test_a_failure_of_a_later_stage_is_tried_again_by_the_same_rules(phase: str) -> None:
    state = with_built_rootfs(a_state())
    job = image_job(state, outcome="failed", finished=NOW, failure=a_failure(phase, retryable=True))  # type: ignore[arg-type]
    told = written(replace(state, image_job=job))
    assert plan(told).actions == ()
    assert isinstance(plan(edited(told)).actions[0], DeleteJob)
