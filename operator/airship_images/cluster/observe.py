"""What does a Job, with its pods and their last words, tell the plan?"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, TypeVar

from pydantic import ValidationError

from airship_images.api.build import BuildFailure, BuildPhase, BuildResult, Progress
from airship_images.api.model import Document
from airship_images.api.reasons import Reason
from airship_images.cluster import labels
from airship_images.cluster.client import Object
from airship_images.plan.actions import JobKind
from airship_images.plan.jobs import PHASES, Job

Message = TypeVar("Message", bound=Document)

_BY_EXIT_CODE: Final[Mapping[int, tuple[Reason, str, bool]]] = {
    1: (Reason.BUG, "the builder ended with a bug; its log tells more", False),
    2: (Reason.INVALID_INPUT, "the builder refused its input; its log tells more", False),
    3: (Reason.TOOL_FAILED, "something outside of the builder failed; its log tells more", True),
}


def observe(job: Object, pods: Sequence[Object], progress: Mapping[str, Progress]) -> Job:
    """The Job as the plan sees it; `progress` is what running pods said last, by their UID."""
    uid = job["metadata"]["uid"]
    own = [pod for pod in pods if any(owner["uid"] == uid for owner in pod["metadata"].get("ownerReferences", ()))]
    pod = max(own, key=lambda each: str(each["metadata"].get("creationTimestamp")), default=None)
    kind: JobKind = "image" if labels.BUILD_HASH in job["metadata"]["labels"] else "rootfs"
    containers = list(_containers(pod, kind))
    ended = _ended(job)
    result = _result(containers)
    failure = None
    if ended is not None and (ended["type"] == "Failed" or (kind == "image" and result is None)):
        failure = _failure(ended, containers, kind)
    return Job(
        name=job["metadata"]["name"],
        uid=uid,
        attempt=int(job["metadata"].get("annotations", {}).get(labels.ATTEMPT, "1")),
        outcome="failed" if failure else "succeeded" if ended else "active",
        phase=containers[-1][0] if containers else None,
        progress=progress.get(pod["metadata"]["uid"]) if pod else None,
        finished=_moment(ended["lastTransitionTime"]) if ended else None,
        result=result if ended and failure is None else None,
        failure=failure,
    )


def has_ended(job: Object) -> bool:
    """Is nothing more to come from this Job?"""
    return _ended(job) is not None


def _ended(job: Object) -> Object | None:
    """The condition that says how the Job ended."""
    conditions = job.get("status", {}).get("conditions") or ()
    return next(
        (each for each in conditions if each["type"] in {"Complete", "Failed"} and each["status"] == "True"), None
    )


def _containers(pod: Object | None, kind: JobKind) -> Iterator[tuple[BuildPhase, Object]]:
    """The phases that have started, in order, with the state of each one's container."""
    status = pod["status"] if pod else {}
    named = {
        each["name"]: each.get("state", {})
        for statuses in ("initContainerStatuses", "containerStatuses")
        for each in status.get(statuses) or ()
    }
    for phase in PHASES[kind]:
        state = named.get(phase, {})
        if "running" in state or "terminated" in state:
            yield phase, state


def _result(containers: Sequence[tuple[BuildPhase, Object]]) -> BuildResult | None:
    for phase, state in containers:
        if phase == "publish" and state.get("terminated", {}).get("exitCode") == 0:
            return _message(state["terminated"], BuildResult)
    return None


def _failure(ended: Object, containers: Sequence[tuple[BuildPhase, Object]], kind: JobKind) -> BuildFailure:
    phase = containers[-1][0] if containers else PHASES[kind][0]
    for each, state in containers:
        terminated = state.get("terminated", {})
        if terminated.get("exitCode", 0) != 0:
            return _message(terminated, BuildFailure) or _guess(each, terminated)
    if ended.get("reason") == "DeadlineExceeded":
        return _told(phase, Reason.TIMED_OUT, "it took longer than spec.builder.timeout", retryable=True)
    if ended["type"] == "Complete":
        return _told(
            "publish", Reason.BUILD_FAILED, "its result was lost; the next try finds it in the store", retryable=True
        )
    return _told(
        phase, Reason.BUILD_FAILED, f"its pod is gone: {ended.get('message', 'nobody said why')}", retryable=True
    )


def _guess(phase: BuildPhase, terminated: Object) -> BuildFailure:
    """A container that died without a last word."""
    if terminated.get("reason") == "OOMKilled":
        return _told(
            phase, Reason.BUILD_FAILED, "out of memory: raise spec.builder.resources.limits.memory", retryable=True
        )
    code = terminated["exitCode"]
    reason, message, retryable = _BY_EXIT_CODE.get(code, (Reason.BUILD_FAILED, f"ended with exit code {code}", True))
    return _told(phase, reason, message, retryable=retryable)


def _told(phase: BuildPhase, reason: Reason, message: str, *, retryable: bool) -> BuildFailure:
    return BuildFailure(phase=phase, reason=reason, message=message[:512], retryable=retryable)


def _message(terminated: Object, model: type[Message]) -> Message | None:
    try:
        return model.model_validate_json(terminated.get("message") or "")
    except ValidationError:
        return None


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
