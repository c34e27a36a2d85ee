"""Pods that do not start, or are taken away: which words of Kubernetes mean what."""

from datetime import UTC, datetime
from typing import Any

import pytest

from airship_images.api.reasons import Reason
from airship_images.cluster.observe import observe
from airship_images.cluster.troubles import loss, trouble
from airship_images.plan.jobs import Trouble

Json = dict[str, Any]
CREATED = "2026-03-01T11:00:00Z"
SINCE = "2026-03-01T12:00:00Z"
PULL_ERROR = 'failed to pull and unpack image "builder:9": not found'


def a_condition(kind: str, status: str, reason: str = "", message: str = "") -> Json:
    return {"type": kind, "status": status, "reason": reason, "message": message, "lastTransitionTime": SINCE}


SCHEDULED = a_condition("PodScheduled", "True")


def a_pod(*conditions: Json, state: Json | None = None, **status: Any) -> Json:
    first = {"name": "fetch", "state": state or {"waiting": {"reason": "PodInitializing"}}}
    return {
        "metadata": {
            "name": "rootfs-a-x",
            "uid": "pod",
            "creationTimestamp": CREATED,
            "ownerReferences": [{"uid": "job"}],
        },
        "status": {"phase": "Pending", "conditions": list(conditions), "initContainerStatuses": [first], **status},
    }


def unscheduled(message: str) -> Json:
    return a_pod(a_condition("PodScheduled", "False", "Unschedulable", message))


def waiting(reason: str, message: str) -> Json:
    return a_pod(SCHEDULED, state={"waiting": {"reason": reason, "message": message}})


@pytest.mark.parametrize(
    ("pod", "reason", "words"),
    [
        (unscheduled("0/3 nodes are available: 3 Insufficient memory."), Reason.UNSCHEDULABLE, "Insufficient memory"),
        (
            unscheduled("0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims."),
            Reason.VOLUME_PENDING,
            "unbound",
        ),
        (unscheduled('persistentvolumeclaim "cache" not found'), Reason.VOLUME_PENDING, '"cache" not found'),
        (waiting("ErrImagePull", PULL_ERROR), Reason.IMAGE_PULL_FAILED, PULL_ERROR),
        (waiting("InvalidImageName", "no such name"), Reason.IMAGE_PULL_FAILED, "no such name"),
        (waiting("CreateContainerConfigError", 'secret "x" not found'), Reason.CONTAINER_NOT_STARTED, '"x" not found'),
        (
            a_pod(SCHEDULED, a_condition("PodReadyToStartContainers", "False")),
            Reason.VOLUME_PENDING,
            "kubectl describe pod rootfs-a-x",
        ),
    ],
)
def test_what_keeps_a_pod_from_starting_is_told_apart(pod: Json, reason: Reason, words: str) -> None:
    found = trouble(pod)
    assert found is not None
    assert found.reason is reason
    assert words in found.message
    assert found.since == datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("moment", [{"lastTransitionTime": None}, {}])
def test_a_gated_pod_whose_condition_has_no_time_waits_since_it_was_made(moment: Json) -> None:
    gated = {"type": "PodScheduled", "status": "False", "reason": "SchedulingGated", "message": "gates", **moment}
    assert trouble(a_pod(gated)) == Trouble(
        Reason.UNSCHEDULABLE, "no node takes its pod: gates", datetime(2026, 3, 1, 11, tzinfo=UTC)
    )


def test_an_image_that_is_not_pulled_gives_one_sentence_while_the_kubelet_tries_and_waits_by_turns() -> None:
    backing_off = waiting("ImagePullBackOff", f'Back-off pulling image "builder:9": ErrImagePull: {PULL_ERROR}')
    assert trouble(backing_off) == trouble(waiting("ErrImagePull", PULL_ERROR))


@pytest.mark.parametrize(
    "pod",
    [
        a_pod(),
        a_pod(SCHEDULED),
        a_pod(SCHEDULED, a_condition("PodReadyToStartContainers", "False"), state={"running": {}}),
        a_pod(SCHEDULED, a_condition("PodReadyToStartContainers", "False"), phase="Succeeded"),
    ],
)
def test_a_pod_that_is_on_its_way_is_in_no_trouble(pod: Json) -> None:
    assert trouble(pod) is None


@pytest.mark.parametrize(
    ("pod", "expected"),
    [
        (
            a_pod(reason="Evicted", message="The node was low on resource: ephemeral-storage."),
            (Reason.EVICTED, "The node was low on resource: ephemeral-storage."),
        ),
        (
            a_pod(a_condition("DisruptionTarget", "True", "PreemptionByScheduler", "preempted")),
            (Reason.EVICTED, "preempted"),
        ),
        (
            a_pod(a_condition("DisruptionTarget", "True", "DeletionByTaintManager", "Taint manager: deleting")),
            (Reason.NODE_LOST, "Taint manager: deleting"),
        ),
        (a_pod(a_condition("DisruptionTarget", "True", "DeletionByPodGC", "gone")), (Reason.NODE_LOST, "gone")),
        (a_pod(reason="NodeShutdown", message="Pod was terminated."), (Reason.NODE_LOST, "Pod was terminated.")),
        (a_pod(reason="OutOfmemory", message="Node didn't have enough"), (Reason.NODE_LOST, "Node didn't have enough")),
        (a_pod(SCHEDULED, phase="Failed"), None),
    ],
)
def test_who_took_a_pod_away_is_told_apart(pod: Json, expected: tuple[Reason, str] | None) -> None:
    assert loss(pod) == expected


def a_failed_job(reason: str = "BackoffLimitExceeded") -> Json:
    return {
        "metadata": {"name": "rootfs-a", "uid": "job", "labels": {}},
        "status": {"conditions": [a_condition("Failed", "True", reason)]},
    }


@pytest.mark.parametrize(
    ("job", "pod", "reason"),
    [
        (a_failed_job(), a_pod(state={"terminated": {"exitCode": 3}}, reason="Evicted"), Reason.EVICTED),
        (a_failed_job("DeadlineExceeded"), unscheduled("no node"), Reason.UNSCHEDULABLE),
        (a_failed_job("DeadlineExceeded"), waiting("ErrImagePull", PULL_ERROR), Reason.IMAGE_PULL_FAILED),
        (a_failed_job("DeadlineExceeded"), a_pod(state={"terminated": {"exitCode": 3}}), Reason.TIMED_OUT),
    ],
)
def test_a_job_that_was_ended_from_outside_fails_of_that_and_is_tried_again(
    job: Json, pod: Json, reason: Reason
) -> None:
    found = observe(job, [pod], {}).failure
    assert found is not None
    assert (found.reason, found.retryable) == (reason, True)
