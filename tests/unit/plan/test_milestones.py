"""What of a status may wait a few seconds, and what may not."""

from dataclasses import replace

from airship_images.api.build import Progress
from airship_images.plan.milestones import is_mere_progress
from airship_images.plan.plan import plan
from airship_images.plan.state import State
from tests.unit.plan.states import NOW, a_failure, a_state, image_job, rootfs_job, with_built_rootfs


def configuring(percent: int) -> State:
    state = with_built_rootfs(a_state())
    progress = Progress(phase="configure", step="roles", percent=percent, message=f"{percent} %")
    return replace(state, image_job=image_job(state, phase="configure", progress=progress))


def is_progress(before: State, after: State) -> bool:
    return is_mere_progress(plan(before).status, plan(after).status)


def test_a_higher_percentage_is_mere_progress() -> None:
    assert is_progress(configuring(10), configuring(20))


def test_the_next_phase_of_the_same_stage_is_mere_progress() -> None:
    state = a_state()
    fetching, making = (replace(state, rootfs_job=rootfs_job(state, phase=phase)) for phase in ("fetch", "rootfs"))
    assert is_progress(fetching, making)


def test_a_stage_that_is_reached_is_more() -> None:
    state = configuring(100)
    assert not is_progress(state, replace(state, image_job=image_job(state, phase="boot")))


def test_a_failure_is_more() -> None:
    state = configuring(50)
    job = image_job(state, outcome="failed", finished=NOW, failure=a_failure("configure", retryable=True))
    assert not is_progress(state, replace(state, image_job=job))
