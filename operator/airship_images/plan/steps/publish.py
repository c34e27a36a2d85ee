"""Is the artifact of this spec published, and do its bytes answer at its URL?"""

from airship_images.api.reasons import Reason
from airship_images.api.status import ImageStatus
from airship_images.plan.checking import ASK_AGAIN, due, until_due
from airship_images.plan.desired import SHORT_DIGEST
from airship_images.plan.elsewhere import elsewhere
from airship_images.plan.host_image import host_format
from airship_images.plan.retry import after_failure
from airship_images.plan.running import running
from airship_images.plan.state import Problem, State
from airship_images.plan.step import Done, Failed, Step, Waiting
from airship_images.spec import Prepared, Sourced


def publish(state: State) -> Step:
    """Done once status tells of the artifact, or the URL of the one just built served its bytes."""
    if state.published is not None:
        return Done(Reason.PUBLISHED, state.published.url)
    built = artifact(state)
    return _unbuilt(state) if built is None else served(state, built)


def _unbuilt(state: State) -> Step:
    job = state.image_job
    if job is None:
        return Waiting(Reason.BUILD_PENDING, "nothing is built yet")
    if job.failure is not None:
        return after_failure(state, job, job.failure)
    return running(state, state.image_kind, job)


def served(state: State, built: ImageStatus) -> Step:
    """Done once the URL of `built` gave its bytes."""
    check = state.check_of(built)
    if check is None:
        return Waiting(Reason.CHECKING_URL, f"reading {built.url}", due(state, built))
    if check.served.reason is None:
        return Done(Reason.PUBLISHED, built.url)
    return Failed(check.served.reason, check.served.message, until_due(state, built) or ASK_AGAIN, due(state, built))


def artifact(state: State) -> ImageStatus | None:
    """What is published, or is at its source, or what the current build's finished Job says that the store has."""
    if state.published is not None:
        return state.published.model_copy(update={"verified": state.verifies_boot, "trigger": _trigger(state)})
    if isinstance(state.inputs, Sourced):
        return elsewhere(state, state.inputs)
    result = state.image_job.result if state.image_job else None
    if result is None or isinstance(state.inputs, Problem):
        return None
    return ImageStatus(
        url=state.base_url + result.path,
        checksum=result.digest,
        checksum_type="sha256",
        format=host_format(result.format),
        size=result.size,
        digest=f"sha256:{result.digest}",
        short_digest=result.digest[:SHORT_DIGEST],
        verified=state.verifies_boot,
        build_hash=state.inputs.identities.build_hash,
        spec_hash=state.inputs.identities.spec_hash,
        disk_hash=state.inputs.identities.disk_hash,
        rootfs_hash=state.inputs.identities.rootfs_hash,
        packages=result.packages,
        trigger=_trigger(state),
    )


def _trigger(state: State) -> str | None:
    return (state.inputs.trigger or None) if isinstance(state.inputs, Prepared) else None
