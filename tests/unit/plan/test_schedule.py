"""When are newer packages looked for, and what comes of what was found?"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airship_images.api.build import BuildFailure, Resolution
from airship_images.api.reasons import Reason
from airship_images.api.status import ScheduleStatus
from airship_images.plan.actions import CreateInputs, DeleteJob, StartBuild, WatchRoom
from airship_images.plan.jobs import Job, refresh_job_name
from airship_images.plan.line import Turn
from airship_images.plan.plan import plan
from airship_images.plan.room import Room
from airship_images.plan.state import Problem, State
from airship_images.plan.steps.schedule import TRIES
from airship_images.spec import Prepared, prepare
from tests.unit.plan.states import NOW, a_profile, a_state, an_image, published, summary, written

SUNDAYS = {"cron": "0 3 * * 0"}
DUE = "2026-03-08T03:00:00Z"
NEXT = "2026-03-15T03:00:00Z"
LATER = datetime.fromisoformat(DUE) + timedelta(minutes=1)
OLD, NEW = "0a" * 32, "1b" * 32


def scheduled(**changed: Any) -> State:
    """Published with packages OLD, and its first due time is known."""
    state = written(published(a_state(an_image(schedule=SUNDAYS))))
    assert state.status.image is not None
    image = state.status.image.model_copy(update={"packages": OLD})
    return replace(state, status=state.status.model_copy(update={"image": image}), **changed)


def at_due(**changed: Any) -> State:
    return scheduled(**{"now": LATER, **changed})


def a_refresh_job(state: State, **known: Any) -> Job:
    assert isinstance(state.inputs, Prepared)
    assert state.due is not None
    name = refresh_job_name(state.inputs.identities.rootfs_hash, state.due.time)
    return Job(**{"name": name, "uid": "uid-of-refresh-job", "attempt": 1, "outcome": "active", **known})


def found(state: State, packages: str) -> State:
    done = a_refresh_job(state, outcome="succeeded", resolution=Resolution(packages=packages, package_count=7))
    return replace(state, refresh_job=done)


def failed(state: State, attempt: int = 1, *, retryable: bool = True) -> State:
    failure = BuildFailure(phase="resolve", reason=Reason.MIRROR_FAILED, message="no answer", retryable=retryable)
    return replace(
        state, refresh_job=a_refresh_job(state, outcome="failed", failure=failure, attempt=attempt, finished=state.now)
    )


def said(state: State) -> ScheduleStatus:
    status = plan(state).status.schedule
    assert status is not None
    return status


def test_an_image_without_a_schedule_says_nothing_of_one() -> None:
    assert plan(published()).status.schedule is None
    assert plan(published()).wake_after is None


def test_a_new_schedule_waits_for_its_next_time() -> None:
    state = published(a_state(an_image(schedule=SUNDAYS)))
    assert said(state) == ScheduleStatus(next_time=DUE)
    assert plan(scheduled()).actions == ()
    assert plan(scheduled()).wake_after == datetime.fromisoformat(DUE) - NOW


def test_a_due_image_looks_for_newer_packages_in_one_job() -> None:
    inputs, job = plan(at_due()).actions
    assert isinstance(inputs, CreateInputs) and isinstance(job, StartBuild)
    assert (inputs.kind, inputs.name, set(inputs.files)) == ("refresh", job.name, {"rootfs.yaml", "rootfs-vars.yaml"})
    assert (job.kind, job.build_hash, job.attempt) == ("refresh", None, 1)
    running = replace(at_due(), refresh_job=a_refresh_job(at_due()))
    assert plan(running).actions == ()
    assert summary(plan(running).status)["Ready"] == "True Ready"


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (scheduled(), "its time has not come"),
        (at_due(inputs=Problem(Reason.INVALID_INPUT, "no")), "the documents make no image"),
        (at_due(spec=an_image(schedule=SUNDAYS, suspend=True).spec), "it is suspended"),
        (at_due(turn=Turn(1, 1, 1)), "other builds have the places"),
        (
            at_due(inputs=prepare(an_image(schedule=SUNDAYS), {"base": a_profile(system={})}, trigger="x")),
            "it is built",
        ),
        (at_due(spec=an_image(schedule={"cron": "0 4 * * 1"}).spec), "another schedule has taken its place"),
        (at_due(spec=an_image().spec), "it has no schedule any more"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_nothing_is_looked_for_while(state: State, why: str) -> None:
    assert not [each for each in plan(state).actions if isinstance(each, StartBuild) and each.kind == "refresh"], why


def test_a_look_that_is_known_to_find_no_room_is_not_started_and_says_so() -> None:
    state = at_due(room=Room(LATER, claims={}))
    outcome = plan(replace(state, policy=replace(state.policy, cache_claim="cache")))
    assert outcome.actions == (WatchRoom(state.room),)
    assert outcome.status.schedule is not None
    assert "there is no PersistentVolumeClaim cache" in (outcome.status.schedule.message or "")
    assert (outcome.status.schedule.next_time, summary(outcome.status)["Ready"]) == (DUE, "True Ready")


def test_an_old_look_at_the_room_is_made_anew_before_anything_is_said() -> None:
    state = at_due(room=Room(LATER - timedelta(minutes=5), claims={}))
    outcome = plan(replace(state, policy=replace(state.policy, cache_claim="cache")))
    assert outcome.actions == (WatchRoom(None),)
    assert outcome.status.schedule == state.status.schedule


def test_the_same_packages_end_as_unchanged_and_nothing_is_built() -> None:
    outcome = plan(found(at_due(), OLD))
    assert outcome.actions == ()
    assert outcome.status.schedule is not None
    assert (outcome.status.schedule.last_outcome, outcome.status.schedule.last_time) == ("Unchanged", DUE)
    assert outcome.status.schedule.next_time == NEXT
    assert outcome.status.packages is None
    assert outcome.status.image == at_due().status.image


def test_newer_packages_make_another_root_filesystem_and_another_build() -> None:
    state = found(at_due(), NEW)
    outcome = plan(state)
    assert outcome.status.packages == NEW
    assert outcome.status.schedule is not None
    assert (outcome.status.schedule.last_outcome, outcome.wake_after) == ("Changed", timedelta())
    anew = prepare(an_image(schedule=SUNDAYS), {"base": a_profile()}, packages=NEW)
    assert not isinstance(state.inputs, Problem)
    for name in ("rootfs_hash", "disk_hash", "spec_hash", "build_hash"):
        assert getattr(anew.identities, name) != getattr(state.inputs.identities, name)
    follows = plan(replace(state, status=outcome.status, inputs=anew, refresh_job=None))
    (start,) = [each for each in follows.actions if isinstance(each, StartBuild)]
    assert (start.kind, start.rootfs_hash) == ("rootfs", anew.identities.rootfs_hash)
    assert [each.message for each in follows.events] == [
        f"build {anew.identities.build_hash[:10]}: its packages have newer versions"
    ]


def test_packages_that_moved_on_between_looking_and_building_count_as_they_were_built() -> None:
    """Status has NEW of the look, the image was built a little later of OLD's list: only another list is a change."""
    state = replace(at_due(), inputs=prepare(an_image(schedule=SUNDAYS), {"base": a_profile()}))
    assert said(found(state, OLD)).last_outcome == "Unchanged"


def test_a_mirror_that_fails_is_asked_again_a_few_times() -> None:
    first = failed(at_due())
    told = said(first)
    assert (told.attempt, told.next_time, told.last_outcome) == (1, DUE, None)
    waiting = written(first)
    assert plan(waiting).actions == ()
    assert plan(waiting).wake_after is not None
    later = replace(waiting, now=waiting.now + timedelta(hours=1))
    assert [type(each) for each in plan(later).actions] == [DeleteJob]
    (_, again) = plan(replace(later, refresh_job=None)).actions
    assert isinstance(again, StartBuild)
    assert again.attempt == 2


@pytest.mark.parametrize("state", [failed(at_due(), TRIES), failed(at_due(), retryable=False)], ids=["tries", "input"])
def test_a_look_that_failed_for_good_leaves_the_image_and_waits_for_the_next_time(state: State) -> None:
    told = said(state)
    assert (told.last_outcome, told.last_time, told.next_time, told.attempt) == ("Failed", DUE, NEXT, None)
    assert summary(plan(state).status)["Ready"] == "True Ready"


def test_times_that_were_missed_are_made_up_for_once() -> None:
    state = found(at_due(now=datetime.fromisoformat("2026-04-20T00:00:00Z")), OLD)
    told = said(state)
    assert (told.last_time, told.next_time) == (DUE, "2026-04-26T03:00:00Z")
    assert plan(replace(written(state), refresh_job=None)).actions == ()


def test_a_request_is_answered_once_and_needs_no_schedule() -> None:
    state = replace(published(), refresh_requested="2026-03-01T11:00:00Z")
    assert [each.kind for each in plan(state).actions if isinstance(each, StartBuild)] == ["refresh"]
    answered = written(found(state, NEW))
    assert answered.status.schedule is not None
    assert answered.status.schedule.request == "2026-03-01T11:00:00Z"
    assert answered.due is None


def test_a_request_for_what_has_no_packages_is_answered_too() -> None:
    vendors = {"url": "https://vendor.example/cloud.qcow2", "sha256": "0" * 64}
    state = a_state(profile=a_profile(software={"base": vendors}, kernel={}))
    told = said(replace(published(state), refresh_requested="2026-03-01T11:00:00Z"))
    assert told.last_outcome == "Failed"
    assert told.message == "its packages are those of its builder or of its vendor's image"


CRONS = st.sampled_from(["* * * * *", "*/7 * * * *", "30 2 * * *", "0 3 * * 0", "0 0 1 * *"])
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/Havana"])


@given(CRONS, ZONES, st.lists(st.integers(0, 40 * 24 * 3600), min_size=1, max_size=20))
def test_each_time_is_answered_once_and_whatever_is_due_is_answered(cron: str, zone: str, pauses: list[int]) -> None:
    """The operator looks whenever it likes, and each Job has ended by the next look."""
    state = written(published(a_state(an_image(schedule={"cron": cron, "timeZone": zone}))))
    answered: list[str] = []
    for pause in pauses:
        state = replace(state, now=state.now + timedelta(seconds=pause))
        before = state.status.schedule
        assert before is not None and before.next_time is not None
        promised = datetime.fromisoformat(before.next_time)
        assert (state.due is not None) == (promised <= state.now)
        if state.due is not None:
            state = replace(written(found(state, state.status.packages or NEW)), refresh_job=None)
            now = state.status.schedule
            assert now is not None and now.last_time is not None and now.next_time is not None
            assert datetime.fromisoformat(now.next_time) > state.now
            answered.append(now.last_time)
        assert state.due is None
    assert answered == sorted(set(answered))
