"""May a Job be started, or a failed one be tried again, and when?"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Final

from airship_images.api.build import BuildFailure
from airship_images.api.reasons import Reason
from airship_images.plan.actions import DeleteJob
from airship_images.plan.backoff import backoff
from airship_images.plan.jobs import Job
from airship_images.plan.state import State
from airship_images.plan.step import Failed, Step, Waiting

_REASONS: Final = frozenset(Reason)


def start(state: State, name: str, started: Callable[[int], Waiting]) -> Step:
    """The Job `name` is not there: `started(attempt)`, unless an earlier try or a person says to wait."""
    memory = state.memory
    if memory is not None and memory.reason is not None:
        reason = known(memory.reason)
        if memory.next_try_at is None:
            return Failed(reason, memory.message)
        due = datetime.fromisoformat(memory.next_try_at)
        if due > state.now:
            return Failed(reason, memory.message, retry_after=due - state.now)
    if state.suspended:
        return Waiting(Reason.SUSPENDED, f"Job {name} is not started while spec.suspend is true")
    return started(next_attempt(state))


def after_failure(state: State, job: Job, failure: BuildFailure) -> Step:
    """The Job failed: say why and wait, or delete it when its time has come, so that `start` may use its name again."""
    reason = known(failure.reason)
    message = f"{failure.phase} of Job {job.name}: {failure.message}"
    if not failure.retryable:
        return Failed(reason, message)
    attempt = current_attempt(state, job)
    due = (job.finished or state.now) + backoff(attempt, job.name)
    if due > state.now:
        return Failed(reason, message, retry_after=due - state.now)
    if not _recorded(state, attempt):
        return Failed(reason, message, retry_after=timedelta())
    if state.suspended:
        return Waiting(Reason.SUSPENDED, f"{message}; not tried again while spec.suspend is true")
    return Waiting(
        Reason.RETRYING, message, tuple(DeleteJob(each.name, each.uid) for each in _to_repeat(state, job, reason))
    )


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


def _recorded(state: State, attempt: int) -> bool:
    """Does status already tell of this failure? The Job may go only then, or its number would be lost."""
    memory = state.memory
    return memory is not None and memory.attempt == attempt and memory.reason is not None
