"""What is there to say while a Job has not ended?"""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from airship_images.api.build import BuildPhase
from airship_images.api.reasons import Reason
from airship_images.plan.actions import JobKind
from airship_images.plan.jobs import PHASES, Job
from airship_images.plan.state import State
from airship_images.plan.step import Waiting

PATIENCE: Final = timedelta(seconds=15)
"""How long a pod may take to start before what is in its way is told: most of it passes by itself."""


def running(state: State, kind: JobKind, job: Job) -> Waiting:
    """The phase that runs, or what has kept the first one from starting for a while."""
    plain = begun(kind, job.name, job.phase)
    if job.trouble is None:
        return plain
    left = min(job.trouble.since + PATIENCE - state.now, PATIENCE)  # the scheduler's clock may be ahead of ours
    if left > timedelta():
        return replace(plain, wake_after=left)
    return Waiting(job.trouble.reason, f"Job {job.name}: {job.trouble.message}")


def begun(kind: JobKind, name: str, phase: BuildPhase | None) -> Waiting:
    """The answer while all goes well, from the Job's creation on."""
    reason = Reason.BUILDING_ROOTFS if kind == "rootfs" else Reason.BUILDING
    return Waiting(reason, f"Job {name}: {phase or 'waits for ' + PHASES[kind][0]}")
