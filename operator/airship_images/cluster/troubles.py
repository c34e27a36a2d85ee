"""What keeps a pod from starting, and what took it away? Read from its conditions and its containers' states."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from airship_images.api.reasons import Reason
from airship_images.cluster.client import Object
from airship_images.plan.jobs import Trouble

NOT_PULLED: Final = frozenset(
    {"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError"}
)
NOT_CREATED: Final = frozenset({"CreateContainerConfigError", "CreateContainerError", "RunContainerError"})
DISRUPTIONS: Final[Mapping[str, Reason]] = {
    "PreemptionByScheduler": Reason.EVICTED,
    "EvictionByEvictionAPI": Reason.EVICTED,
    "TerminationByKubelet": Reason.EVICTED,
    "DeletionByTaintManager": Reason.NODE_LOST,
    "DeletionByPodGC": Reason.NODE_LOST,
}
"""Reasons of the condition DisruptionTarget (KEP 3329)."""
REJECTIONS: Final = frozenset(
    {"NodeLost", "NodeShutdown", "Shutdown", "Terminated", "NodeAffinity", "UnexpectedAdmissionError"}
)
"""Reasons of a pod's status with which a kubelet gives it up or does not take it at all."""
_BACK_OFF: Final = re.compile(r'^Back-off pulling image "[^"]*"(?:: )?|^ErrImagePull: ')


def trouble(pod: Object) -> Trouble | None:
    """What keeps the pod's first container from running; None when one runs or did, or nothing is wrong."""
    states = list(_states(pod))
    if any({"running", "terminated"} & state.keys() for _, state in states):
        return None
    conditions = {each["type"]: each for each in pod["status"].get("conditions") or ()}
    scheduled = conditions.get("PodScheduled", {})
    if scheduled.get("status") == "False":
        return _unscheduled(scheduled, _since(pod, scheduled))
    if scheduled.get("status") != "True":
        return None
    since = _since(pod, scheduled)
    found = next((each for name, state in states if (each := _waiting(name, state, since))), None)
    return found or _unprepared(pod, conditions, since)


def loss(pod: Object) -> tuple[Reason, str] | None:
    """Who took the pod away, and their words; None when it ended by itself."""
    status = pod["status"]
    told, message = status.get("reason", ""), status.get("message", "")
    for each in status.get("conditions") or ():
        if each["type"] == "DisruptionTarget" and each["status"] == "True" and each.get("reason") in DISRUPTIONS:
            return DISRUPTIONS[each["reason"]], message or each.get("message") or each["reason"]
    if told == "Evicted":
        return Reason.EVICTED, message or "the node was short of something"
    if told in REJECTIONS or told.startswith("OutOf"):
        return Reason.NODE_LOST, message or told
    return None


def _states(pod: Object) -> Iterator[tuple[str, Object]]:
    """Name and state of each container, in the order in which they run."""
    for statuses in ("initContainerStatuses", "containerStatuses"):
        for each in pod["status"].get(statuses) or ():
            yield each["name"], each.get("state") or {}


def _unscheduled(condition: Object, since: datetime) -> Trouble:
    message = condition.get("message") or condition.get("reason") or "the scheduler has not said why"
    about_volume = "persistentvolumeclaim" in message.lower()
    reason = Reason.VOLUME_PENDING if about_volume else Reason.UNSCHEDULABLE
    return Trouble(reason, f"no node takes its pod: {message}", since)


def _waiting(container: str, state: Object, since: datetime) -> Trouble | None:
    waiting = state.get("waiting", {})
    why, message = waiting.get("reason", ""), waiting.get("message", "")
    if why in NOT_PULLED:  # the kubelet tells of the error and of its waiting by turns: one sentence for both
        while _BACK_OFF.match(message):
            message = _BACK_OFF.sub("", message)
        return Trouble(Reason.IMAGE_PULL_FAILED, f"the image of container {container} is not pulled: {message}", since)
    if why in NOT_CREATED:
        return Trouble(Reason.CONTAINER_NOT_STARTED, f"container {container} does not start: {message or why}", since)
    return None


def _unprepared(pod: Object, conditions: Mapping[str, Object], since: datetime) -> Trouble | None:
    """A pod that has its node and not its sandbox: most often a volume is not there."""
    prepared = conditions.get("PodReadyToStartContainers", {})
    if pod["status"].get("phase") != "Pending" or prepared.get("status") != "False":
        return None
    name = pod["metadata"]["name"]
    message = f"its volumes are not mounted: does each claim and Secret exist? kubectl describe pod {name} tells"
    return Trouble(Reason.VOLUME_PENDING, message, since)


def _since(pod: Object, condition: Object) -> datetime:
    """When the condition came; API servers that find gates on a new pod write theirs without a time."""
    moment = condition.get("lastTransitionTime") or pod["metadata"]["creationTimestamp"]
    return datetime.fromisoformat(moment).astimezone(UTC)
