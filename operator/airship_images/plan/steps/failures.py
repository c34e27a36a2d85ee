"""For how long do failed builds stay, with the log of their Job and their inputs? As many and as long as was asked."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from airship_images.api.airshipimage import FailureRetention
from airship_images.api.durations import duration
from airship_images.plan.actions import DeleteJob
from airship_images.plan.state import State

USUALLY: Final = timedelta(hours=1)
"""How long any Job stays after its end, unless something else is asked for."""


@dataclass(frozen=True)
class Surplus:
    """The Jobs that go now, and when time alone makes a difference."""

    actions: tuple[DeleteJob, ...] = ()
    wake_after: timedelta | None = None


def kept_for(state: State) -> timedelta:
    """How long Kubernetes keeps a Job of the image that has ended; which way it will end nobody knows."""
    asked = _asked(state)
    return duration(asked.max_age) if asked is not None and asked.max_age else USUALLY


def failures(state: State) -> Surplus:
    """Failed Jobs beyond the number that stays; the others' age is Kubernetes' part.

    Where those stay for long, the Jobs that went well go as early as ever. What is retried is not looked at.
    """
    asked = _asked(state)
    if asked is None:
        return Surplus()
    ended = sorted(state.ended_jobs, key=lambda job: (job.finished or state.now, job.name), reverse=True)
    failed = [job for job in ended if job.outcome == "failed"]
    beyond = failed[max(asked.keep - _current(state), 0) :] if asked.keep is not None else []
    ends = {job.name: (job.finished or state.now) + USUALLY for job in ended if job.outcome == "succeeded"}
    late = [job for job in ended if job.name in ends and ends[job.name] <= state.now]
    waits = [end - state.now for end in ends.values() if end > state.now]
    return Surplus(tuple(DeleteJob(job.name, job.uid) for job in (*beyond, *late)), min(waits, default=None))


def _current(state: State) -> int:
    """1 if the build that the spec asks for has failed: it is the newest of them, and not among the ended ones."""
    return int(state.image_job is not None and state.image_job.outcome == "failed")


def _asked(state: State) -> FailureRetention | None:
    return state.spec.retention.failures if state.spec and state.spec.retention else None
