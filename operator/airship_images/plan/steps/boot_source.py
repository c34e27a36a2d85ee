"""Has the image that was built elsewhere booted here? Its URL is read, then a Job fetches it by digest and boots it.

What came of it is in status: the condition and, once it is published, the artifact. The Job may go.
"""

from dataclasses import replace
from typing import Final

from airship_images.api.airshipimage import Builder
from airship_images.api.durations import duration
from airship_images.api.reasons import Reason
from airship_images.api.status import ImageStatus
from airship_images.plan.actions import CreateInputs, StartBuild
from airship_images.plan.elsewhere import elsewhere
from airship_images.plan.jobs import image_job_name
from airship_images.plan.retry import after_failure, start
from airship_images.plan.running import begun, running
from airship_images.plan.state import State
from airship_images.plan.step import Done, Failed, Step, Waiting
from airship_images.plan.steps.build import TIMEOUT
from airship_images.plan.steps.failures import kept_for
from airship_images.plan.steps.preflight import preflight
from airship_images.plan.steps.publish import served
from airship_images.spec import Sourced

BOOTED: Final = Done(Reason.VERIFIED, "the image booted")


def boot_source(state: State, inputs: Sourced) -> Step:
    """Done once its Job has booted it; what its URL does not give is not booted."""
    job = state.image_job
    if state.published is not None or _is_told(state) or (job is not None and job.outcome == "succeeded"):
        return BOOTED
    if job is None:
        image = elsewhere(state, inputs)
        answer = served(state, image)
        return _start(state, inputs, image) if isinstance(answer, Done) else answer
    if job.failure is not None:
        return after_failure(state, job, job.failure)
    return running(state, state.image_kind, job)


def _is_told(state: State) -> bool:
    """Does status have it already, of this very test?"""
    told = any(each.type == "Verified" and each.reason == Reason.VERIFIED for each in state.status.conditions)
    return told and state.status.build_hash == state.build_hash


def _start(state: State, inputs: Sourced, image: ImageStatus) -> Step:
    name = image_job_name(state.identity.name, inputs.identities.build_hash)

    def started(attempt: int) -> Failed | Waiting:
        job = _job(state, name, attempt)
        create = CreateInputs(job.kind, name, job.rootfs_hash, job.build_hash, inputs.files(image.size))
        return preflight(state, job) or replace(begun(job.kind, name, None), actions=(create, job))

    return start(state, name, started)


def _job(state: State, name: str, attempt: int) -> StartBuild:
    """It sees no output and no Secret."""
    builder = (state.spec and state.spec.builder) or Builder()
    return StartBuild(
        kind="source",
        name=name,
        rootfs_hash="",
        build_hash=state.build_hash,
        attempt=attempt,
        builder_image=builder.image or state.policy.builder_image,
        v1=None,
        timeout=duration(builder.timeout) if builder.timeout else TIMEOUT,
        keep_finished=kept_for(state),
        resources=builder.resources,
        node_selector=builder.node_selector or {},
        output_claim=None,
        secret_names=(),
        pull_secret_names=(),
        verify_boot=True,
    )
