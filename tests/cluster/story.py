"""The story of the layer: the examples are applied, the operator is killed while a build runs, the image gets Ready."""

from dataclasses import dataclass
from functools import partial

from airship_images.cluster.labels import ATTEMPT
from hack.cluster.cluster import kubectl, whole
from hack.cluster.commands import MINUTE
from hack.cluster.waiting import tried, until
from hack.demo import demo, hosts, progress
from hack.demo.progress import Json, Published
from hack.demo.trouble import OURS, report
from tests.cluster.kube import IN_NAMESPACE, items

OPERATOR = "app.kubernetes.io/component=operator"


@dataclass(frozen=True)
class Story:
    """What was seen on the way."""

    artifact: Published
    jobs_at_death: dict[tuple[str, str], str]
    """Name and attempt → UID of the Jobs when the operator was killed."""
    hosts_before: dict[str, Json]
    hosts_after: dict[str, Json]


def tell() -> Story:
    """Live through it; NotReadyError when it ends otherwise."""
    before = hosts_by_name()
    apply_examples()
    with hosts.simulated(whole().kubeconfig):
        until(partial(tried, a_build_runs), "a build that runs", 10 * MINUTE, lambda: report(demo.IMAGE))
        jobs = job_uids()
        kubectl("delete", "pods", IN_NAMESPACE, f"--selector={OPERATOR}", "--force", "--grace-period=0")
        artifact = progress.follow(demo.IMAGE)
        progress.follow_rollout(demo.IMAGE)
    return Story(artifact, jobs, before, hosts_by_name())


def apply_examples() -> None:
    """As the demo does."""
    kubectl("apply", IN_NAMESPACE, f"--kustomize={demo.EXAMPLES}")


def a_build_runs() -> bool:
    """Whether a container of a build Job is running."""
    kinds = ("initContainerStatuses", "containerStatuses")
    pods = items("pods", OURS)
    return any("running" in each["state"] for pod in pods for kind in kinds for each in pod["status"].get(kind, []))


def job_uids() -> dict[tuple[str, str], str]:
    """Name and attempt → UID of every Job of ours."""
    found = [job["metadata"] for job in items("jobs", OURS)]
    return {(each["name"], each["annotations"][ATTEMPT]): each["uid"] for each in found}


def hosts_by_name() -> dict[str, Json]:
    """Every BareMetalHost."""
    return {host["metadata"]["name"]: host for host in items("baremetalhosts")}
