"""What Jobs and pods tell, down to the ones that die without a word."""

from datetime import UTC, datetime
from typing import Any

import pytest

from airship_images.api.build import BuildFailure, BuildResult, Progress, Verification
from airship_images.api.reasons import Reason
from airship_images.cluster.observe import observe
from airship_images.plan.jobs import Job

Json = dict[str, Any]
ENDED = "2026-03-01T12:00:00Z"
RESULT = BuildResult(digest="ab" * 32, size=1, virtual_size=2, format="qcow2", path="x/y")
FAILURE = BuildFailure(phase="configure", reason="ConfigureFailed", message="no such user", retryable=False)


def a_job(condition: str | None = None, *, kind: str = "image", reason: str = "") -> Json:
    labels = {"airshipit.org/rootfs-hash": "a", **({} if kind == "rootfs" else {"airshipit.org/build-hash": "b"})}
    labels |= {"airshipit.org/source": "true"} if kind == "source" else {}
    conditions = [{"type": condition, "status": "True", "reason": reason, "lastTransitionTime": ENDED}]
    return {
        "metadata": {"name": "worker-b", "uid": "job", "labels": labels, "annotations": {"airshipit.org/attempt": "3"}},
        "status": {"conditions": conditions if condition else None},
    }


def a_pod(states: dict[str, Json], *, owner: str = "job") -> Json:
    statuses = [{"name": name, "state": state} for name, state in states.items()]
    return {
        "metadata": {"uid": "pod", "creationTimestamp": ENDED, "ownerReferences": [{"uid": owner}]},
        "status": {"initContainerStatuses": statuses[:-1], "containerStatuses": statuses[-1:]},
    }


def ended(code: int, message: str = "", reason: str = "") -> Json:
    return {"terminated": {"exitCode": code, "message": message, "reason": reason}}


def see(job: Json, *pods: Json) -> Job:
    return observe(job, pods, {})


RUNNING: Json = {"running": {}}
WAITING: Json = {"waiting": {"reason": "PodInitializing"}}


def test_a_job_without_a_pod_is_active_and_in_no_phase() -> None:
    found = see(a_job())
    assert (found.outcome, found.phase, found.attempt) == ("active", None, 3)


def test_the_phase_is_the_last_container_that_started() -> None:
    assert see(a_job(), a_pod({"disk": ended(0), "configure": RUNNING, "boot": WAITING})).phase == "configure"


def test_a_finished_job_brings_its_result() -> None:
    found = see(
        a_job("Complete"), a_pod({"boot": ended(0), "publish": ended(0, RESULT.model_dump_json(by_alias=True))})
    )
    assert (found.outcome, found.result) == ("succeeded", RESULT)
    assert found.finished == datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_a_root_filesystem_has_no_result_to_bring() -> None:
    assert see(a_job("Complete", kind="rootfs")).outcome == "succeeded"


def test_the_job_of_a_source_says_what_it_has_booted_with() -> None:
    booted = Verification(verified=("bios", "uefi"))
    pod = a_pod({"fetch-image": ended(0), "boot": ended(0, booted.model_dump_json(by_alias=True))})
    found = see(a_job("Complete", kind="source"), pod)
    assert (found.outcome, found.verification) == ("succeeded", booted)
    silent = see(a_job("Complete", kind="source"), a_pod({"fetch-image": ended(0), "boot": ended(0)}))
    assert silent.failure is not None
    assert (silent.failure.phase, silent.failure.retryable) == ("boot", True)


@pytest.mark.parametrize("message", ["", "garbage", '{"outcome":"succeeded"}'])
def test_a_result_that_is_lost_is_asked_for_again(message: str) -> None:
    found = see(a_job("Complete"), a_pod({"publish": ended(0, message)}))
    assert found.failure is not None
    assert found.failure.retryable is True


def test_the_failed_containers_last_words_are_the_failure() -> None:
    last_words = FAILURE.model_dump_json(by_alias=True)
    found = see(a_job("Failed"), a_pod({"disk": ended(0), "configure": ended(2, last_words), "boot": WAITING}))
    assert found.failure == FAILURE


@pytest.mark.parametrize(
    ("state", "reason", "retryable"),
    [
        (ended(1), Reason.BUG, False),
        (ended(2), Reason.INVALID_INPUT, False),
        (ended(3), Reason.TOOL_FAILED, True),
        (ended(137, reason="OOMKilled"), Reason.OUT_OF_MEMORY, True),
        (ended(143), Reason.BUILD_FAILED, True),
    ],
)
def test_a_container_without_last_words_is_judged_by_its_exit_code(
    state: Json, reason: Reason, *, retryable: bool
) -> None:
    found = see(a_job("Failed"), a_pod({"disk": state, "publish": WAITING}))
    assert found.failure is not None
    assert (found.failure.phase, found.failure.reason, found.failure.retryable) == ("disk", reason, retryable)


def test_memory_that_ran_out_is_named() -> None:
    found = see(a_job("Failed"), a_pod({"boot": ended(137, reason="OOMKilled")}))
    assert found.failure is not None
    assert "memory" in found.failure.message


def test_a_deadline_that_passed_is_told_apart() -> None:
    found = see(a_job("Failed", reason="DeadlineExceeded"))
    assert found.failure is not None
    assert found.failure.reason == Reason.TIMED_OUT


def test_a_pod_that_vanished_is_tried_again() -> None:
    found = see(a_job("Failed", reason="BackoffLimitExceeded"))
    assert found.failure is not None
    assert found.failure.retryable is True


def test_a_pod_of_an_earlier_job_of_the_same_name_says_nothing() -> None:
    assert see(a_job(), a_pod({"disk": ended(2)}, owner="former")).phase is None


def test_progress_is_that_of_the_jobs_own_pod() -> None:
    progress = Progress(phase="boot", step="uefi", percent=50, message="starting")
    found = observe(a_job(), [a_pod({"boot": RUNNING})], {"pod": progress, "other": progress})
    assert found.progress == progress
