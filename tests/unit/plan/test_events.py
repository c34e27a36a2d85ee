"""What is told once, and what is not told at all."""

from dataclasses import replace
from datetime import timedelta

from airship_images.api.reasons import Reason
from airship_images.plan.events import Event
from airship_images.plan.plan import plan
from airship_images.plan.state import State
from tests.unit.plan.states import (
    DIGEST,
    NOW,
    a_failure,
    a_state,
    a_state_of_nothing,
    rootfs_job,
    with_built_image,
    with_served,
    written,
)


def failed(*, retryable: bool) -> State:
    state = a_state()
    failure = a_failure("rootfs", retryable=retryable)
    return replace(state, rootfs_job=rootfs_job(state, outcome="failed", finished=NOW, failure=failure))


def kinds(state: State) -> list[tuple[str, str]]:
    return [(event.type, event.reason) for event in plan(state).events]


def test_a_build_that_goes_well_is_told_when_it_is_published_and_not_before() -> None:
    assert plan(a_state()).events == ()
    ready = with_served(with_built_image(a_state()))
    url = f"http://images.example/{DIGEST}/worker.qcow2"
    assert plan(ready).events == (Event("Normal", Reason.PUBLISHED, f"sha256:{DIGEST} is published at {url}"),)
    assert plan(written(ready)).events == ()


def test_each_failed_try_is_a_warning_once() -> None:
    first = failed(retryable=True)
    assert kinds(first) == [("Warning", "MirrorFailed")]
    waiting = replace(written(first), now=NOW + timedelta(seconds=5))
    assert plan(waiting).events == ()


def test_a_failure_that_only_a_person_can_mend_is_a_warning_once() -> None:
    assert kinds(failed(retryable=False)) == [("Warning", "PackagesFailed")]
    assert plan(written(failed(retryable=False))).events == ()


def test_documents_that_make_no_image_are_a_warning_each_time_that_they_are_wrong_otherwise() -> None:
    state = a_state_of_nothing(Reason.INVALID_INPUT, "one is wrong")
    assert kinds(state) == [("Warning", "InvalidInput")]
    other = replace(written(state), inputs=a_state_of_nothing(Reason.INVALID_INPUT, "two is wrong").inputs)
    assert kinds(other) == [("Warning", "InvalidInput")]
