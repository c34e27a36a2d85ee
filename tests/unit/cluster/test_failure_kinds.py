"""Each kind of failure, from what Kubernetes holds of it to what a person reads in status."""

from dataclasses import dataclass, replace
from typing import Any

import pytest

from airship_images.api.build import BuildFailure, BuildPhase
from airship_images.api.reasons import Reason
from airship_images.cluster.observe import observe
from airship_images.plan.plan import plan
from tests.unit.plan.states import a_state, image_job, summary, with_built_rootfs

Json = dict[str, Any]
STATE = with_built_rootfs(a_state())
NAME = image_job(STATE).name
ENDED = "2026-03-01T12:00:00Z"
SCHEDULED = {"type": "PodScheduled", "status": "True", "lastTransitionTime": ENDED}
LAST_LINES = ("E: cannot go on", "ended")


def unscheduled(message: str) -> Json:
    told = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}
    return {"conditions": [{**told, "lastTransitionTime": ENDED}]}


def waiting(reason: str, message: str) -> Json:
    """The first container does not start."""
    state = {"waiting": {"reason": reason, "message": message}}
    return {"conditions": [SCHEDULED], "initContainerStatuses": [{"name": "disk", "state": state}]}


def died(code: int, status: Json | None = None, **known: str) -> Json:
    """The second container ended so, after the first one went well; `status` is more of the pod's."""
    ended = {"terminated": {"exitCode": code, **known}}
    well = {"name": "disk", "state": {"terminated": {"exitCode": 0}}}
    return {"initContainerStatuses": [well, {"name": "configure", "state": ended}], **(status or {})}


def said(reason: Reason, message: str, *, retryable: bool) -> Json:
    """The second container ended with these last words."""
    words = BuildFailure(phase="configure", reason=reason, message=message, retryable=retryable)
    return died(3 if retryable else 2, message=words.model_dump_json(by_alias=True))


TAINTED = {"type": "DisruptionTarget", "status": "True", "reason": "DeletionByTaintManager", "message": "node is gone"}
NODE_SHORT = {"reason": "Evicted", "message": "The node was low on resource: memory."}
CLAIM = 'persistentvolumeclaim "cache" not found'


@dataclass(frozen=True)
class Kind:
    """How the Job and its pod ended, and what is to be read of it."""

    pod: Json
    reason: Reason
    sentence: str
    job: str = "BackoffLimitExceeded"
    container: BuildPhase = "configure"
    ran: bool = True
    tried_again: bool = True


def never_ran(pod: Json, reason: Reason, sentence: str) -> Kind:
    return Kind(pod, reason, sentence, job="DeadlineExceeded", container="disk", ran=False)


FULL = said(Reason.DISK_FULL, "no space left", retryable=True)
WRONG = said(Reason.INVALID_INPUT, "no user ops", retryable=False)
AWAY = said(Reason.DOWNLOAD_FAILED, "503 from the server", retryable=True)
KINDS = {
    "unschedulable": never_ran(unscheduled("3 Insufficient memory."), Reason.UNSCHEDULABLE, "3 Insufficient memory."),
    "image pull": never_ran(waiting("ErrImagePull", "no such tag"), Reason.IMAGE_PULL_FAILED, "no such tag"),
    "volume pending": never_ran(unscheduled(CLAIM), Reason.VOLUME_PENDING, CLAIM),
    "out of memory": Kind(died(137, reason="OOMKilled"), Reason.OUT_OF_MEMORY, "raise spec.builder.resources"),
    "evicted": Kind(died(137, NODE_SHORT), Reason.EVICTED, "The node was low on resource: memory."),
    "node lost": Kind(died(137, {"conditions": [TAINTED]}), Reason.NODE_LOST, "node is gone"),
    "deadline": Kind(died(143), Reason.TIMED_OUT, "longer than spec.builder.timeout", job="DeadlineExceeded"),
    "volume full": Kind(FULL, Reason.DISK_FULL, "no space left"),
    "input wrong": Kind(WRONG, Reason.INVALID_INPUT, "no user ops", tried_again=False),
    "outside world": Kind(AWAY, Reason.DOWNLOAD_FAILED, "503 from the server"),
    "bug": Kind(died(1), Reason.BUG, "the builder ended with a bug", tried_again=False),
}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_each_kind_of_failure_is_told_apart_with_all_that_a_person_needs(kind: Kind) -> None:
    labels = {"airshipit.org/rootfs-hash": "a", "airshipit.org/build-hash": "b"}
    failed = {"type": "Failed", "status": "True", "reason": kind.job, "lastTransitionTime": ENDED}
    job = {"metadata": {"name": NAME, "uid": "job", "labels": labels}, "status": {"conditions": [failed]}}
    pod = {"metadata": {"name": f"{NAME}-x", "uid": "pod", "ownerReferences": [{"uid": "job"}]}, "status": kind.pod}
    seen = observe(job, [pod], {})
    found = plan(replace(STATE, image_job=replace(seen, last_lines=LAST_LINES if seen.phase else ()))).status
    assert found.build is not None
    assert (found.build.reason, found.build.phase) == (kind.reason, kind.container)
    assert found.build.message.startswith(f"{kind.container} of Job {NAME}: ")
    assert kind.sentence in found.build.message
    assert len(found.build.message.splitlines()) == 1
    command = f"kubectl logs --namespace default job/{NAME} --container {kind.container}"
    assert (found.build.logs, found.build.last_lines) == ((command, list(LAST_LINES)) if kind.ran else (None, []))
    assert found.build.attempt == 1
    assert (found.build.next_try_at is not None) is kind.tried_again
    assert ("Reconciling" in summary(found)) is kind.tried_again
    assert ("Stalled" in summary(found)) is not kind.tried_again


def test_no_two_kinds_are_called_the_same() -> None:
    reasons = [kind.reason for kind in KINDS.values()]
    assert len(set(reasons)) == len(reasons) == 11
