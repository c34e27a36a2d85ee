"""For how long do failed builds stay?"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from airship_images.plan.actions import DeleteJob, StartBuild
from airship_images.plan.jobs import Job
from airship_images.plan.plan import plan
from airship_images.plan.state import State
from tests.unit.plan.states import NOW, a_failure, a_state, an_image, image_job, published, with_built_rootfs

HOUR = timedelta(hours=1)


def ended(name: str, age: timedelta, outcome: str = "failed") -> Job:
    known: dict[str, Any] = {"failure": a_failure("configure", retryable=False)} if outcome == "failed" else {}
    return Job(**{"name": name, "uid": f"uid-{name}", "attempt": 1, "outcome": outcome, "finished": NOW - age, **known})


def kept(failures: dict[str, Any] | None, *jobs: Job) -> State:
    image = an_image(**({"retention": {"failures": failures}} if failures is not None else {}))
    return replace(published(a_state(image)), ended_jobs=jobs)


def gone(state: State) -> list[str]:
    return [each.name for each in plan(state).actions if isinstance(each, DeleteJob)]


FAILED = tuple(ended(f"worker-{hours}", hours * HOUR) for hours in (1, 2, 3))


@pytest.mark.parametrize(
    ("failures", "expected"),
    [
        (None, []),
        ({"keep": 3}, []),
        ({"keep": 2}, ["worker-3"]),
        ({"keep": 1}, ["worker-2", "worker-3"]),
        ({"maxAge": "2h"}, []),
    ],
)
def test_so_many_of_the_newest_stay(failures: dict[str, Any] | None, expected: list[str]) -> None:
    assert gone(kept(failures, *FAILED)) == expected


def test_the_failed_build_that_the_spec_asks_for_is_one_of_them_and_stays() -> None:
    state = with_built_rootfs(a_state(an_image(retention={"failures": {"keep": 1}})))
    failure = a_failure("configure", retryable=False)
    job = image_job(state, outcome="failed", phase="configure", failure=failure, finished=NOW - 9 * HOUR)
    assert gone(replace(state, image_job=job, ended_jobs=FAILED)) == [each.name for each in FAILED]


def test_jobs_that_went_well_go_as_early_as_ever() -> None:
    young, old = ended("young", HOUR / 4, "succeeded"), ended("old", 2 * HOUR, "succeeded")
    state = kept({"maxAge": "72h"}, young, old)
    assert gone(state) == ["old"]
    assert plan(state).wake_after == HOUR * 3 / 4


@pytest.mark.parametrize(("failures", "expected"), [(None, HOUR), ({"keep": 2}, HOUR), ({"maxAge": "72h"}, 72 * HOUR)])
def test_kubernetes_keeps_a_job_as_long_as_it_was_asked_for(
    failures: dict[str, Any] | None, expected: timedelta
) -> None:
    image = an_image(**({"retention": {"failures": failures}} if failures is not None else {}))
    (shared,) = [each for each in plan(a_state(image)).actions if isinstance(each, StartBuild)]
    assert shared.keep_finished == HOUR, "the shared root filesystem is nobody's failure"
    (own,) = [each for each in plan(with_built_rootfs(a_state(image))).actions if isinstance(each, StartBuild)]
    assert own.keep_finished == expected
