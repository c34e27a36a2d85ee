"""Have the image's packages newer versions? Looked for when the schedule is due, or somebody asks; never by itself."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from airship_images.api.build import SHORT_HASH, BuildFailure, Resolution
from airship_images.api.status import ScheduleStatus
from airship_images.plan.actions import Action, CreateInputs, DeleteJob, StartBuild, WatchRoom
from airship_images.plan.backoff import backoff
from airship_images.plan.due import Due, promise
from airship_images.plan.jobs import Job, refresh_job_name
from airship_images.plan.obstacles import HELD_BACK, Obstacle, obstacle
from airship_images.plan.retry import LOOK_AGAIN
from airship_images.plan.state import State
from airship_images.plan.steps.build import start_build
from airship_images.plan.texts import sentence
from airship_images.spec import Prepared
from airship_images.spec.resolved import are_resolved

TRIES: Final = 5
"""Tries for one due time; then the next one is waited for."""


@dataclass(frozen=True)
class Scheduled:
    """What status says of the schedule, which packages were found last, and what is to be done."""

    status: ScheduleStatus | None
    packages: str | None
    actions: tuple[Action, ...] = ()
    wake_after: timedelta | None = None


def schedule(state: State, *, settled: bool) -> Scheduled:
    """`settled`: the chain has nothing more to do. The Job asks what the packages would be, and makes nothing.

    An image that was never looked at while it had this schedule is not due before its next time.
    """
    known = Scheduled(_promised(state), state.status.packages)
    due = state.due
    if due is None:
        return replace(known, wake_after=_until(state, known.status))
    if not isinstance(state.inputs, Prepared) or state.suspended or not settled:
        return known
    if not are_resolved(state.inputs.image, state.inputs.node.spec):
        return _end(state, due, "Failed", "its packages are those of its builder or of its vendor's image")
    job = state.refresh_job
    if job is None:
        return _start(state, state.inputs, due, known)
    if job.failure is not None:
        return _failed(state, due, job, job.failure, known)
    return known if job.resolution is None else _answered(state, state.inputs, due, job.resolution)


def _promised(state: State) -> ScheduleStatus | None:
    """Status as it is while nothing is answered, its next time by the schedule of now."""
    former, wanted = state.status.schedule, state.spec.schedule if state.spec else None
    if state.due is not None and not state.due.requested:
        return former
    promised = promise(wanted, state.now)
    if former is None:
        return ScheduleStatus(next_time=promised) if promised else None
    return former.model_copy(update={"next_time": promised})


def _until(state: State, status: ScheduleStatus | None) -> timedelta | None:
    if status is None or status.next_time is None:
        return None
    return max(datetime.fromisoformat(status.next_time) - state.now, timedelta())


def _start(state: State, prepared: Prepared, due: Due, known: Scheduled) -> Scheduled:
    if state.turn is not None:
        return replace(known, wake_after=LOOK_AGAIN[0])
    name = refresh_job_name(prepared.identities.rootfs_hash, due.time)
    attempt = ((known.status and known.status.attempt) or 0) + 1
    inputs = CreateInputs("refresh", name, prepared.identities.rootfs_hash, None, prepared.rootfs_files)
    job: StartBuild = start_build(state, prepared, "refresh", name, attempt)
    found = obstacle(state, job, told_by=None)
    return replace(known, actions=(inputs, job)) if found is None else _held_back(found, known)


def _held_back(found: Obstacle, known: Scheduled) -> Scheduled:
    """Due as it is, and said why nothing is looked for."""
    held = replace(known, actions=(WatchRoom(found.room),))
    if found.reason not in HELD_BACK:
        return held
    former = known.status or ScheduleStatus()
    return replace(held, status=former.model_copy(update={"message": sentence(found.message)}))


def _failed(state: State, due: Due, job: Job, failure: BuildFailure, known: Scheduled) -> Scheduled:
    """Tried again a few times, after a while each; status tells of a failed try before its Job may go."""
    message = f"Job {job.name}: {failure.message}"
    if not failure.retryable or job.attempt >= TRIES:
        return _end(state, due, "Failed", f"{message}; the image stays as it is")
    left = max((job.finished or state.now) + backoff(job.attempt, job.name) - state.now, timedelta())
    told = (known.status or ScheduleStatus()).model_copy(
        update={"attempt": job.attempt, "message": sentence(f"{message} (try {job.attempt} of {TRIES})")}
    )
    if told != known.status or left > timedelta():
        return Scheduled(told, known.packages, wake_after=left)
    return Scheduled(told, known.packages, actions=(DeleteJob(job.name, job.uid),))


def _answered(state: State, prepared: Prepared, due: Due, found: Resolution) -> Scheduled:
    """Compared with what is in the published image; what made it may have been newer than what was asked for."""
    published = state.published.packages if state.published else None
    if found.packages in (published, prepared.packages):
        return _end(state, due, "Unchanged", f"the {found.package_count} packages are the newest; nothing is built")
    message = f"packages have newer versions: list {found.packages[:SHORT_HASH]}, of {found.package_count} packages"
    return replace(_end(state, due, "Changed", message), packages=found.packages, wake_after=timedelta())


def _end(state: State, due: Due, outcome: str, message: str) -> Scheduled:
    former = state.status.schedule
    status = ScheduleStatus.model_validate(
        {
            "next_time": promise(state.spec.schedule if state.spec else None, state.now),
            "last_time": due.time,
            "last_outcome": outcome,
            "message": sentence(message),
            "request": due.time if due.requested else former and former.request,
        }
    )
    return Scheduled(status, state.status.packages, wake_after=_until(state, status))
