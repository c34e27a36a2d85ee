"""Does a Job of an earlier spec still run? A newer one ends it: nobody waits for what it makes."""

from collections.abc import Iterator

from airship_images.plan.actions import DeleteJob
from airship_images.plan.jobs import Job
from airship_images.plan.state import State


def supersede(state: State) -> tuple[Job, ...]:
    """The Jobs to be stopped. What publishes already goes on, and all do while the image is suspended.

    A shared root filesystem is not among them: other images may wait for it, and the cache keeps it.
    """
    return () if state.suspended else tuple(_stoppable(state))


def deletions(stopped: tuple[Job, ...]) -> tuple[DeleteJob, ...]:
    """What stops them."""
    return tuple(DeleteJob(job.name, job.uid) for job in stopped)


def _stoppable(state: State) -> Iterator[Job]:
    for job in state.former_jobs:
        if job.outcome == "active" and not job.reached("publish"):
            yield job
