"""Why did a Job fail? The builder's own words, else who ended it from outside, else what its exit code lets guess."""

from collections.abc import Mapping, Sequence
from typing import Final, TypeVar

from pydantic import ValidationError

from airship_images.api.build import BuildFailure, BuildPhase
from airship_images.api.model import Document
from airship_images.api.reasons import Reason
from airship_images.cluster.client import Object
from airship_images.cluster.troubles import loss, trouble
from airship_images.plan.actions import JobKind
from airship_images.plan.jobs import PHASES

Message = TypeVar("Message", bound=Document)
Containers = Sequence[tuple[BuildPhase, Object]]
"""The phases that have started, in order, with the state of each one's container."""

_BY_EXIT_CODE: Final[Mapping[int, tuple[Reason, str, bool]]] = {
    1: (Reason.BUG, "the builder ended with a bug; its log tells more", False),
    2: (Reason.INVALID_INPUT, "the builder refused its input; its log tells more", False),
    3: (Reason.TOOL_FAILED, "something outside of the builder failed; its log tells more", True),
}


def why(ended: Object, containers: Containers, kind: JobKind, pod: Object | None) -> BuildFailure:
    """The failure of a Job with the condition `ended`, of whose pod this is the last that was seen."""
    phase = containers[-1][0] if containers else PHASES[kind][0]
    failed = next((each for each in containers if _exit_code(each[1]) != 0), None)
    return (
        (_told_by_container(*failed) if failed else None)
        or (_taken_away(phase, pod) if pod else None)
        or (_too_late(phase, pod) if ended.get("reason") == "DeadlineExceeded" else None)
        or (_guess(failed[0], _exit_code(failed[1])) if failed else _unexplained(kind, phase, ended))
    )


def last_words(terminated: Object, model: type[Message]) -> Message | None:
    """The termination message of a container, if it is one of `model`."""
    try:
        return model.model_validate_json(terminated.get("message") or "")
    except ValidationError:
        return None


def _told_by_container(phase: BuildPhase, state: Object) -> BuildFailure | None:
    terminated = state["terminated"]
    if terminated.get("reason") == "OOMKilled":
        message = "it needed more memory than it may use: raise spec.builder.resources.limits.memory"
        return _told(phase, Reason.OUT_OF_MEMORY, message)
    return last_words(terminated, BuildFailure)


def _taken_away(phase: BuildPhase, pod: Object) -> BuildFailure | None:
    found = loss(pod)
    return _told(phase, *found) if found else None


def _too_late(phase: BuildPhase, pod: Object | None) -> BuildFailure:
    found = trouble(pod) if pod else None
    if found is None:
        return _told(phase, Reason.TIMED_OUT, "it took longer than spec.builder.timeout")
    return _told(phase, found.reason, f"it did not start within spec.builder.timeout: {found.message}")


def _guess(phase: BuildPhase, code: int) -> BuildFailure:
    """A container that died without a last word, as one that is not ours always does."""
    if phase == "airship-v1":
        return _told(phase, Reason.TOOL_FAILED, f"the image's builder ended with exit code {code}; its log tells more")
    reason, message, retryable = _BY_EXIT_CODE.get(code, (Reason.BUILD_FAILED, f"ended with exit code {code}", True))
    return _told(phase, reason, message, retryable=retryable)


def _unexplained(kind: JobKind, phase: BuildPhase, ended: Object) -> BuildFailure:
    if ended["type"] == "Complete":
        return _told(PHASES[kind][-1], Reason.BUILD_FAILED, "its result was lost: the next try gives it again")
    return _told(phase, Reason.BUILD_FAILED, f"its pod is gone: {ended.get('message', 'nobody said why')}")


def _exit_code(state: Object) -> int:
    return int(state.get("terminated", {}).get("exitCode", 0))


def _told(phase: BuildPhase, reason: Reason, message: str, *, retryable: bool = True) -> BuildFailure:
    return BuildFailure(phase=phase, reason=reason, message=message[:512], retryable=retryable)
