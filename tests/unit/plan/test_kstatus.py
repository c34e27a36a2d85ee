"""What kstatus, and so `kubectl wait`, Flux and Argo CD, make of our conditions."""

from dataclasses import replace
from datetime import timedelta
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airship_images.api.crd import NOT_SEEN
from airship_images.api.reasons import Reason
from airship_images.api.status import AirshipImageStatus
from airship_images.plan.jobs import Trouble
from airship_images.plan.line import Turn
from airship_images.plan.plan import plan
from airship_images.plan.state import State
from tests.unit.plan.states import (
    NOW,
    a_failure,
    a_state,
    a_state_of_nothing,
    an_image,
    condition,
    image_job,
    published,
    rootfs_job,
    with_built_image,
    with_built_rootfs,
    with_served,
    written,
)

Status = Literal["InProgress", "Failed", "Current"]


def kstatus(status: AirshipImageStatus, generation: int = 1) -> Status:
    """The rules of cli-utils' pkg/kstatus/status/generic.go, in their order."""
    if status.observed_generation is not None and status.observed_generation != generation:
        return "InProgress"
    for kind, meaning in (("Reconciling", "InProgress"), ("Stalled", "Failed")):
        found = condition(status, kind)
        if found is not None and found.status == "True":
            return meaning  # type: ignore[return-value]
    ready = condition(status, "Ready")
    return "InProgress" if ready is not None and ready.status != "True" else "Current"


def failed(*, retryable: bool) -> State:
    state = a_state()
    failure = a_failure("rootfs", retryable=retryable)
    return replace(state, rootfs_job=rootfs_job(state, outcome="failed", finished=NOW, failure=failure))


STATES: dict[str, tuple[State, Status]] = {
    "new": (a_state(), "InProgress"),
    "building": (replace(a_state(), rootfs_job=rootfs_job(a_state(), phase="rootfs")), "InProgress"),
    "in line": (replace(a_state(), turn=Turn(1, 1, 1)), "InProgress"),
    "no node": (
        replace(a_state(), rootfs_job=rootfs_job(a_state(), trouble=Trouble(Reason.UNSCHEDULABLE, "no", NOW))),
        "InProgress",
    ),
    "verifying": (
        replace(with_built_rootfs(a_state()), image_job=image_job(a_state(), phase="boot")),
        "InProgress",
    ),
    "checking": (with_built_image(a_state()), "InProgress"),
    "unreachable": (with_served(with_built_image(a_state()), Reason.URL_UNREACHABLE), "InProgress"),
    "tried again": (failed(retryable=True), "InProgress"),
    "failed": (failed(retryable=False), "Failed"),
    "wrong": (a_state_of_nothing(Reason.INVALID_INPUT, "no"), "Failed"),
    "suspended": (a_state(an_image(suspend=True)), "InProgress"),
    "published": (with_served(with_built_image(a_state())), "Current"),
    "published long ago": (published(), "Current"),
}


@pytest.mark.parametrize("name", STATES)
def test_each_state_of_an_image_is_what_it_is_for_kstatus(name: str) -> None:
    state, expected = STATES[name]
    assert kstatus(plan(state).status) == expected


def test_an_image_that_nobody_has_looked_at_is_not_taken_for_a_ready_one() -> None:
    assert kstatus(AirshipImageStatus.model_validate(NOT_SEEN)) == "InProgress"


def test_a_published_image_whose_spec_was_changed_is_not_ready_before_we_looked() -> None:
    assert kstatus(published().status, generation=2) == "InProgress"


@given(st.lists(st.sampled_from(sorted(STATES)), min_size=2, max_size=6))
def test_whatever_follows_on_what_an_image_is_never_stalled_and_on_its_way_at_once(names: list[str]) -> None:
    status = AirshipImageStatus()
    for step, name in enumerate(names):
        state = replace(STATES[name][0], status=status, now=NOW + step * timedelta(minutes=1))
        status = written(state).status
        kinds = {each.type for each in status.conditions}
        assert not {"Reconciling", "Stalled"} <= kinds
        ready = condition(status, "Ready")
        assert ready is not None
        assert (ready.status == "True") <= kinds.isdisjoint({"Reconciling", "Stalled"})
        assert all(each.status == "True" for each in status.conditions if each.type in {"Reconciling", "Stalled"})
