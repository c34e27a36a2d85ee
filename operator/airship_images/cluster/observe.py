"""What does a Job, with its pods and their last words, tell the plan?"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from airship_images.api.build import BuildPhase, BuildResult, Progress, Removal, Resolution, Verification
from airship_images.cluster import labels
from airship_images.cluster.client import Object
from airship_images.cluster.failures import last_words, why
from airship_images.cluster.store import is_owned
from airship_images.cluster.troubles import trouble
from airship_images.plan.actions import JobKind
from airship_images.plan.jobs import PHASES, Job

Words = TypeVar("Words", BuildResult, Resolution, Removal, Verification)


def observe(job: Object, pods: Sequence[Object], progress: Mapping[str, Progress]) -> Job:
    """The Job as the plan sees it; `progress` is what running pods said last, by their UID."""
    pod = pod_of(job, pods)
    kind = _kind(job["metadata"]["labels"])
    containers = list(_containers(pod, kind))
    ended = _ended(job)
    result = _words(containers, "publish", BuildResult)
    resolution = _words(containers, "resolve", Resolution)
    removal = _words(containers, "prune-output", Removal)
    verification = _words(containers, "boot", Verification) if kind == "source" else None
    told = kind == "rootfs" or any(words is not None for words in (result, resolution, removal, verification))
    failure = None
    if ended is not None and (ended["type"] == "Failed" or not told):
        failure = why(ended, containers, kind, pod)
    return Job(
        name=job["metadata"]["name"],
        uid=job["metadata"]["uid"],
        attempt=int(job["metadata"].get("annotations", {}).get(labels.ATTEMPT, "1")),
        outcome="failed" if failure else "succeeded" if ended else "active",
        phase=containers[-1][0] if containers else None,
        progress=progress.get(pod["metadata"]["uid"]) if pod else None,
        finished=_moment(ended["lastTransitionTime"]) if ended else None,
        result=result if ended and failure is None else None,
        resolution=resolution if ended and failure is None else None,
        verification=verification if ended and failure is None else None,
        removal=removal if ended and failure is None else None,
        failure=failure,
        trouble=trouble(pod) if pod and not ended else None,
    )


def _kind(names: Mapping[str, str]) -> JobKind:
    if names.get(labels.ENGINE) == "airship-v1":
        return "airship-v1"
    if labels.REFRESH in names:
        return "refresh"
    if labels.SOURCE in names:
        return "source"
    if labels.REMOVAL in names:
        return "prune"
    return "image" if labels.BUILD_HASH in names else "rootfs"


def pod_of(job: Object, pods: Sequence[Object]) -> Object | None:
    """The Job's own pod, the newest if it has several."""
    own = [pod for pod in pods if is_owned(pod, job)]
    return max(own, key=lambda each: str(each["metadata"].get("creationTimestamp")), default=None)


def has_ended(job: Object) -> bool:
    """Is nothing more to come from this Job?"""
    return _ended(job) is not None


def pod_has_ended(pod: Object) -> bool:
    """Are all its containers done, or is it given up?"""
    return pod["status"].get("phase") in {"Succeeded", "Failed"}


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


def _words(containers: Sequence[tuple[BuildPhase, Object]], phase: BuildPhase, model: type[Words]) -> Words | None:
    """The last words of the container of `phase`, if it ended well."""
    for name, state in containers:
        if name == phase and state.get("terminated", {}).get("exitCode") == 0:
            return last_words(state["terminated"], model)
    return None


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
