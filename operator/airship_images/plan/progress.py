"""How far is the build?"""

from typing import Final

from airship_images.api.build import BuildPhase
from airship_images.api.reasons import Reason
from airship_images.api.status import BuildStatus
from airship_images.plan.actions import JobKind, StartBuild
from airship_images.plan.jobs import PHASES, Job
from airship_images.plan.line import Turn
from airship_images.plan.obstacles import HELD_BACK
from airship_images.plan.retry import current_attempt, next_attempt
from airship_images.plan.state import Problem, State
from airship_images.plan.step import Done, Failed, Step, Waiting
from airship_images.plan.texts import sentence, timestamp
from airship_images.spec import Sourced

SPANS: Final[dict[BuildPhase, tuple[int, int]]] = {
    "resolve": (0, 0),
    "prune-output": (0, 0),
    "fetch": (0, 15),
    "rootfs": (15, 40),
    "commit": (40, 50),
    "disk": (50, 60),
    "configure": (60, 70),
    "fetch-image": (0, 70),
    "hand-over": (0, 2),
    "airship-v1": (2, 65),
    "take-in": (65, 70),
    "boot": (70, 95),
    "publish": (95, 99),
}
"""The percent of a whole build at which a phase starts and ends, by the seconds that they take."""
UNSERVED: Final = frozenset({Reason.URL_MISMATCH, Reason.URL_UNREACHABLE})


def build_status(state: State, stage: str, last: Step) -> BuildStatus | None:
    """The build, or the boot test of what was built elsewhere, that runs or was last, after `stage` answered `last`."""
    if isinstance(state.inputs, Sourced) and not state.verifies_boot:
        return None
    if isinstance(state.inputs, Problem) or state.published is not None:
        return state.status.build
    if not isinstance(last, Failed):
        return _going_on(state, last)
    return _failed(state, last) if _was_tried(state, stage, last) else state.memory


def _was_tried(state: State, stage: str, last: Failed) -> bool:
    """Has a Job tried it? Whether a source answers is asked before its Job is started."""
    if stage == "InputsReady" or last.reason in HELD_BACK:
        return False
    return not (isinstance(state.inputs, Sourced) and last.reason in UNSERVED)


def _going_on(state: State, last: Done | Waiting) -> BuildStatus | None:
    started = next((action for action in last.actions if isinstance(action, StartBuild)), None)
    if started is not None:
        first = PHASES[started.kind][0]
        return _running(state, first, SPANS[first][0], last.message, started.attempt)
    if last.reason is Reason.QUEUED and state.turn is not None:
        return _queued(state, state.turn, last.message)
    job = state.image_job or state.rootfs_job
    if job is None or job.failure is not None:
        return _tried_now(state) if last.reason is Reason.RETRYING else state.memory
    if isinstance(last, Done):
        return _running(state, PHASES[state.image_kind][-1], 100, last.message, current_attempt(state, job))
    phase = job.phase or _first(state)
    message = job.progress.message if job.progress else last.message
    return _running(state, phase, _percent(phase, job), message, current_attempt(state, job))


def _running(state: State, phase: BuildPhase, percent: int, message: str, attempt: int) -> BuildStatus:
    memory = state.memory
    goes_on = memory is not None and memory.attempt == attempt and memory.reason is None
    return BuildStatus(
        phase=phase,
        percent=percent,
        message=sentence(message),
        attempt=attempt,
        started_at=memory.started_at if memory is not None and goes_on else timestamp(state.now),
    )


def _queued(state: State, turn: Turn, message: str) -> BuildStatus:
    phase = PHASES[_kind(state, image=state.rootfs_job is not None)][0]
    waiting = _running(state, phase, SPANS[phase][0], message, next_attempt(state))
    return waiting.model_copy(update={"queue_position": turn.position})


def _failed(state: State, step: Failed) -> BuildStatus:
    """The failure with all that tells of it; what was written once stays, though the Job and its log go."""
    memory, job = state.memory, state.image_job or state.rootfs_job
    next_try_at = None if step.retry_after is None else timestamp(state.now + step.retry_after)
    if memory is not None and memory.reason == step.reason and (job is None or job.attempt <= memory.attempt):
        return memory.model_copy(update={"next_try_at": next_try_at, "message": sentence(step.message)})
    failed = job if job and job.failure else None
    return BuildStatus(
        phase=failed.failure.phase if failed and failed.failure else (memory.phase if memory else _first(state)),
        percent=memory.percent if memory else 0,
        message=sentence(step.message),
        attempt=current_attempt(state, job) if job else (memory.attempt if memory else 1),
        started_at=memory.started_at if memory else None,
        reason=step.reason,
        next_try_at=next_try_at,
        logs=_logs(state, failed) if failed else None,
        last_lines=list(failed.last_lines) if failed else [],
    )


def _logs(state: State, failed: Job) -> str | None:
    """The command that shows why: ready to be pasted. None where no container ran."""
    if failed.failure is None or failed.phase is None:
        return None
    return f"kubectl logs --namespace {state.identity.namespace} job/{failed.name} --container {failed.failure.phase}"


def _tried_now(state: State) -> BuildStatus | None:
    """The failure whose Job is being deleted: its next try is due, whatever was promised before."""
    memory = state.memory
    if memory is None or memory.reason is None:
        return memory
    now = timestamp(state.now)
    due = memory.next_try_at is not None and memory.next_try_at <= now
    return memory if due else memory.model_copy(update={"next_try_at": now})


def _first(state: State) -> BuildPhase:
    return PHASES[_kind(state, image=state.image_job is not None)][0]


def _kind(state: State, *, image: bool) -> JobKind:
    return state.image_kind if image or state.image_kind != "image" else "rootfs"


def _percent(phase: BuildPhase, job: Job) -> int:
    start, end = SPANS[phase]
    within = job.progress.percent if job.progress and job.progress.phase == phase else 0
    return start + (end - start) * within // 100
