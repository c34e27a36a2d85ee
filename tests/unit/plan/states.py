"""States with good defaults: an image of one profile, at a fixed time, of which nothing is built yet."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from airship_images.api.airshipimage import AirshipImage
from airship_images.api.build import BuildFailure, BuildPhase, BuildResult
from airship_images.api.nodeprofile import NodeProfile
from airship_images.api.reasons import Reason
from airship_images.api.status import AirshipImageStatus, Condition, HistoryEntry
from airship_images.plan.jobs import Job, image_job_name, rootfs_job_name
from airship_images.plan.plan import plan
from airship_images.plan.served import Served
from airship_images.plan.state import Check, Identity, Policy, Problem, State
from airship_images.spec import Prepared, prepare, sourced

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
BASE_URL = "http://images.example/"
DIGEST = "ab" * 32
SOURCE_URL = "https://mirror.example/os/debian.qcow2"
POLICY = Policy("builder:1", frozenset({"builder:2"}), "airship-images", BASE_URL)


def a_profile(name: str = "base", **spec: Any) -> NodeProfile:
    software = {"distribution": "debian", "suite": "bookworm", "packages": ["systemd-sysv"]}
    body = {"software": software, "kernel": {"kernel_base_pkg": "linux-image-amd64"}}
    return NodeProfile.model_validate(
        {
            "apiVersion": "airshipit.org/v1alpha1",
            "kind": "NodeProfile",
            "metadata": {"name": name},
            "spec": {**body, **spec},
        }
    )


def an_image(**spec: Any) -> AirshipImage:
    body = {"profiles": [{"name": "base"}], "image": {"type": "qcow2", "outputFileName": "worker.qcow2"}}
    return AirshipImage.model_validate(
        {
            "apiVersion": "airshipit.org/v1alpha1",
            "kind": "AirshipImage",
            "metadata": {"name": "worker", "namespace": "default"},
            "spec": {**body, **spec},
        }
    )


def a_sourced_image(**spec: Any) -> AirshipImage:
    """An image that was built elsewhere."""
    image = {"type": "qcow2", "source": {"url": SOURCE_URL, "sha256": DIGEST}}
    return an_image(**{"profiles": None, "image": image, **spec})


def a_sourced_state(image: AirshipImage | None = None, **known: Any) -> State:
    image = image or a_sourced_image()
    assert image.spec.image.source
    return replace(a_state(), spec=image.spec, inputs=sourced(image, image.spec.image.source), **known)


def an_earlier_source(*, verified: bool = False) -> HistoryEntry:
    """What status.history tells of a source that the image named before."""
    return HistoryEntry(
        digest=f"sha256:{'ef' * 32}", url="https://mirror.example/os/old.qcow2", published_at="2026-01-01T00:00:00Z",
        format="qcow2", size=7, verified=verified, built_elsewhere=True,
    )  # fmt: skip


def a_state(image: AirshipImage | None = None, profile: NodeProfile | None = None, **known: Any) -> State:
    image = image or an_image()
    return State(
        now=NOW,
        identity=Identity("default", "worker", "uid-of-worker", 1, "7"),
        spec=image.spec,
        inputs=prepare(image, {"base": profile or a_profile()}),
        status=AirshipImageStatus(),
        policy=POLICY,
        **known,
    )


def a_state_of_nothing(reason: Reason, message: str) -> State:
    """The documents make no image."""
    return replace(a_state(), inputs=Problem(reason, message))


def rootfs_job(state: State, **known: Any) -> Job:
    assert isinstance(state.inputs, Prepared)
    name = rootfs_job_name(state.inputs.identities.rootfs_hash)
    return Job(**{"name": name, "uid": "uid-of-rootfs-job", "attempt": 1, "outcome": "active", **known})


def image_job(state: State, **known: Any) -> Job:
    assert not isinstance(state.inputs, Problem)
    name = image_job_name("worker", state.inputs.identities.build_hash)
    return Job(**{"name": name, "uid": "uid-of-image-job", "attempt": 1, "outcome": "active", **known})


def a_result() -> BuildResult:
    return BuildResult(digest=DIGEST, size=1000, virtual_size=4 << 30, format="qcow2", path=f"{DIGEST}/worker.qcow2")


def a_failure(phase: BuildPhase, *, retryable: bool) -> BuildFailure:
    reason = Reason.MIRROR_FAILED if retryable else Reason.PACKAGES_FAILED
    return BuildFailure(phase=phase, reason=reason, message="no luck", retryable=retryable)


def with_built_rootfs(state: State) -> State:
    return replace(state, rootfs_job=rootfs_job(state, outcome="succeeded", phase="commit"))


def with_built_image(state: State) -> State:
    job = image_job(state, outcome="succeeded", phase="publish", finished=NOW, result=a_result())
    return replace(with_built_rootfs(state), image_job=job)


def with_served(state: State, reason: Reason | None = None, *, ago: timedelta = timedelta()) -> State:
    url = f"{BASE_URL}{DIGEST}/worker.qcow2"
    served = Served(url, f"sha256:{DIGEST}", reason, "" if reason is None else f"{url} is wrong")
    return replace(state, checks={(url, served.digest): Check(state.now - ago, served)})


def published(state: State | None = None) -> State:
    """The state after its artifact was published, its Jobs long gone."""
    ready = with_served(with_built_image(state or a_state()))
    return replace(ready, status=plan(ready).status, rootfs_job=None, image_job=None, checks={})


def written(state: State) -> State:
    """The state once its plan's status is stored."""
    return replace(state, status=plan(state).status)


def condition(status: AirshipImageStatus, kind: str) -> Condition | None:
    return next((each for each in status.conditions if each.type == kind), None)


def summary(status: AirshipImageStatus) -> dict[str, str]:
    """Each condition as `status reason`."""
    return {each.type: f"{each.status} {each.reason}" for each in status.conditions}
