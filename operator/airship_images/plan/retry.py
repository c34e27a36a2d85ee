"""May a Job be started, or a failed one be tried again, and when?"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from airship_images.api.build import BuildFailure
from airship_images.api.reasons import Reason
from airship_images.api.status import BuildStatus
from airship_images.plan.actions import DeleteJob
from airship_images.plan.backoff import LONGEST_WAIT, backoff
from airship_images.plan.jobs import Job
from airship_images.plan.line import Turn
from airship_images.plan.state import State
from airship_images.plan.step import Failed, Step, Waiting

TRIES: Final[Mapping[str, int]] = {Reason.OUT_OF_MEMORY: 3, Reason.TIMED_OUT: 3}
"""Tries after which a person is asked: what may be bad luck once is too small a limit when it comes again."""
LOOK_AGAIN: Final = (timedelta(seconds=5), timedelta(minutes=5))
"""After how long the place in the line is looked at again: for each place so long, and at most so long."""
_REASONS: Final = frozenset(Reason)


def start(state: State, name: str, started: Callable[[int], Failed | Waiting]) -> Step:
    """The Job `name` is not there: `started(attempt)`, unless an earlier try or a person says to wait."""
    memory = state.memory
    if memory is not None and memory.reason is not None and not state.edited:
        left = _left(state, memory)
        if left is None or left > timedelta():
            return Failed(known(memory.reason), memory.message, retry_after=left)
    if state.suspended:
        return Waiting(Reason.SUSPENDED, f"Job {name} is not started while spec.suspend is true")
    if state.turn is not None:
        return _queued(name, state.turn)
    return started(next_attempt(state))


def _queued(name: str, turn: Turn) -> Waiting:
    """Whoever is far behind looks seldom: all places move with each build that ends."""
    message = f"Job {name} is number {turn.position} of {turn.waiting} in line; {turn.running} builds run"
    again = min(LOOK_AGAIN[0] * turn.position, LOOK_AGAIN[1])
    return Waiting(Reason.QUEUED, message, wake_after=again)


def after_failure(state: State, job: Job, failure: BuildFailure) -> Step:
    """The Job failed: say why and wait, or delete it when its time has come, so that `start` may use its name again.

    Status tells of the failure before the Job may go: its number and its last words would be lost.
    """
    attempt = current_attempt(state, job)
    memory = _recorded(state, attempt)
    if memory is None:
        message = f"{failure.phase} of Job {job.name}: {failure.message}"
        return Failed(known(failure.reason), message, retry_after=_wait(state, job, failure, attempt))
    left, reason = _left(state, memory), known(memory.reason or "")
    if not state.edited and (left is None or left > timedelta()):
        return Failed(reason, memory.message, retry_after=left)
    if state.suspended:
        return Waiting(Reason.SUSPENDED, f"{memory.message}; not tried again while spec.suspend is true")
    deletions = tuple(DeleteJob(each.name, each.uid) for each in _to_repeat(state, job, reason))
    return Waiting(Reason.RETRYING, memory.message, deletions)


def _wait(state: State, job: Job, failure: BuildFailure, attempt: int) -> timedelta | None:
    """How long until a failure that is seen for the first time is tried again; None when only a person can help."""
    if state.edited:
        return timedelta()
    if not failure.retryable or attempt >= TRIES.get(failure.reason, attempt + 1):
        return None
    wait = backoff(attempt, job.name)
    return min(max((job.finished or state.now) + wait - state.now, timedelta()), wait)


def _left(state: State, memory: BuildStatus) -> timedelta | None:
    """How long until the next try that status promises; None when it promises none.

    Never longer than any wait is: the clock of whoever wrote it may have been ahead.
    """
    if memory.next_try_at is None:
        return None
    return min(datetime.fromisoformat(memory.next_try_at) - state.now, LONGEST_WAIT)


def _to_repeat(state: State, job: Job, reason: Reason) -> Iterator[Job]:
    """The failed Job, and the one that made its root filesystem when that is what the cache has lost."""
    yield job
    if reason is Reason.CACHE_CORRUPT and state.rootfs_job is not None and state.rootfs_job != job:
        yield state.rootfs_job


def current_attempt(state: State, job: Job) -> int:
    """The number of the try that `job` belongs to; a Job may be shared, and status may have missed one."""
    return max(job.attempt, state.memory.attempt if state.memory else 1)


def next_attempt(state: State) -> int:
    """The number of a try that starts now: a Job that vanished without a failure is the same try again."""
    if state.memory is None:
        return 1
    return state.memory.attempt + (state.memory.reason is not None)


def known(reason: str) -> Reason:
    """The reason of a Job's failure, which a newer or older builder may have named."""
    return Reason(reason) if reason in _REASONS else Reason.BUILD_FAILED


def _recorded(state: State, attempt: int) -> BuildStatus | None:
    """What status tells of this failure already."""
    memory = state.memory
    return memory if memory is not None and memory.attempt == attempt and memory.reason is not None else None
