"""Is the image built: first the root filesystem that it shares with others, then its own disk?"""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from airship_images.api.airshipimage import AirshipImage, Builder
from airship_images.api.durations import duration
from airship_images.api.reasons import Reason
from airship_images.plan.actions import CreateInputs, JobKind, StartBuild, UpstreamBuilder
from airship_images.plan.jobs import image_job_name, rootfs_job_name
from airship_images.plan.retry import after_failure, start
from airship_images.plan.running import begun, running
from airship_images.plan.state import Problem, State
from airship_images.plan.step import Done, Failed, Step, Waiting
from airship_images.plan.steps.failures import USUALLY, kept_for
from airship_images.plan.steps.preflight import preflight
from airship_images.spec import Prepared, Sourced
from airship_images.spec.airship_v1 import IMAGE_TYPES, is_v1
from airship_images.spec.seed import seed_names

TIMEOUT: Final = timedelta(hours=1)
ARCHITECTURE: Final = "kubernetes.io/arch"
"""The label that every kubelet gives its node."""
SHARED: Final = frozenset({"refresh", "rootfs"})
"""Kinds of Jobs that belong to no image: all of the same packages share them."""


def build(state: State) -> Step:
    """Done as soon as the image's Job goes on to verifying, or its artifact is published."""
    if isinstance(state.inputs, Problem):
        return Failed(state.inputs.reason, state.inputs.message)
    if isinstance(state.inputs, Sourced):
        return Done(Reason.BUILT_ELSEWHERE, "built elsewhere: there is nothing to build")
    return _built(state, state.inputs)


def _built(state: State, prepared: Prepared) -> Step:
    job = state.image_job
    if state.published is not None or (job is not None and job.reached("boot")):
        return Done(Reason.BUILT, f"build {prepared.identities.build_hash[:10]} has its image")
    if job is None and state.image_kind == "airship-v1":  # which brings its root filesystem with it
        return _start(state, prepared, state.image_kind)
    if job is None:
        return _rootfs(state, prepared)
    if job.failure is not None:
        return after_failure(state, job, job.failure)
    return running(state, state.image_kind, job)


def _rootfs(state: State, prepared: Prepared) -> Step:
    job = state.rootfs_job
    if job is None:
        return _start(state, prepared, "rootfs")
    if job.failure is not None:
        return after_failure(state, job, job.failure)
    if job.outcome == "succeeded":
        return _start(state, prepared, state.image_kind)
    return running(state, "rootfs", job)


def _start(state: State, prepared: Prepared, kind: JobKind) -> Step:
    hashes = prepared.identities
    if kind == "rootfs":
        name, build_hash, files = rootfs_job_name(hashes.rootfs_hash), None, prepared.rootfs_files
    else:
        name, build_hash = image_job_name(state.identity.name, hashes.build_hash), hashes.build_hash
        files = prepared.image_files

    def started(attempt: int) -> Failed | Waiting:
        create = CreateInputs(kind, name, hashes.rootfs_hash, build_hash, files)
        job = start_build(state, prepared, kind, name, attempt)
        return preflight(state, job) or replace(begun(kind, name, None), actions=(create, job))

    return start(state, name, started)


def start_build(state: State, prepared: Prepared, kind: JobKind, name: str, attempt: int) -> StartBuild:
    """The Job `name`, as the image's builder is asked for."""
    hashes = prepared.identities
    builder = (state.spec and state.spec.builder) or Builder()
    return StartBuild(
        kind=kind,
        name=name,
        rootfs_hash=hashes.rootfs_hash,
        build_hash=None if kind in SHARED else hashes.build_hash,
        attempt=attempt,
        builder_image=(None if kind == "airship-v1" else builder.image) or state.policy.builder_image,
        v1=_upstream(prepared.image),
        timeout=duration(builder.timeout) if builder.timeout else TIMEOUT,
        keep_finished=USUALLY if kind in SHARED else kept_for(state),
        resources=builder.resources,
        node_selector={**_of_architecture(prepared), **(builder.node_selector or {})},
        output_claim=state.output_claim,
        secret_names=tuple(sorted({secret.secret_name for secret in prepared.secrets})),
        pull_secret_names=prepared.node.pull_secrets,
        verify_boot=state.verifies_boot,
    )


def _of_architecture(prepared: Prepared) -> dict[str, str]:
    """The label of nodes that can run what is in the image: its packages' scripts run there."""
    software = prepared.node.spec.software
    return {ARCHITECTURE: software.rootfs_arch} if software and software.rootfs_arch else {}


def _upstream(image: AirshipImage) -> UpstreamBuilder | None:
    if not is_v1(image) or image.spec.builder is None or image.spec.builder.image is None:
        return None
    names = seed_names(image)
    kind = IMAGE_TYPES[image.spec.image.type]
    return UpstreamBuilder(image.spec.builder.image, kind, names["user_data"], names["network_config"])
