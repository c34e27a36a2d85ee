"""Has the image booted, where that was asked for?"""

from airship_images.api.reasons import Reason
from airship_images.plan.retry import after_failure
from airship_images.plan.running import running
from airship_images.plan.state import State
from airship_images.plan.step import Done, Step, Waiting
from airship_images.plan.steps.boot_source import boot_source
from airship_images.spec import Sourced
from airship_images.spec.verification import skipped_because


def verify(state: State) -> Step:
    """Done once the Job went on to publishing; a Job that was told to skip the test has no such phase."""
    if state.spec and (why := skipped_because(state.spec)):
        return Done(Reason.VERIFY_SKIPPED, why)
    if isinstance(state.inputs, Sourced):
        return boot_source(state, state.inputs)
    job = state.image_job
    if state.published is not None or (job is not None and job.reached("publish")):
        return Done(Reason.VERIFIED, "the image booted")
    if job is None:
        return Waiting(Reason.BUILD_PENDING, "nothing is built yet")
    if job.failure is not None:
        return after_failure(state, job, job.failure)
    return running(state, state.image_kind, job)
