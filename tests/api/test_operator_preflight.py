"""A Job is not made while something that it needs is known to be missing, and is made soon after it is there."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from hack.cluster.certificates import Certificates
from hack.cluster.control_plane import ControlPlane
from tests.api.documents import a_profile, an_image, condition
from tests.api.kube import Json, Kube, a_claim, eventually
from tests.api.kubelet import Kubelet
from tests.api.operator_process import OperatorProcess
from tests.api.test_operator_rights import ACCOUNT, LEASE, NAMESPACE, RIGHTS
from tests.unit.chart.helm import render

JobOf = Callable[[str], str]
JOBS = "count/jobs.batch"


@pytest.fixture
def operator(an_operator: Callable[..., OperatorProcess]) -> Iterator[OperatorProcess]:
    """One that has just looked around."""
    with an_operator() as running:
        yield running


def built(kube: Kube) -> tuple[str, str] | None:
    return condition(kube.get("AirshipImage", "worker"), "Built")


def message(kube: Kube) -> str:
    conditions = kube.get("AirshipImage", "worker")["status"]["conditions"]
    return str(next(each["message"] for each in conditions if each["type"] == "Built"))


def limited(kube: Kube, what: str, most: int) -> None:
    """Say, as the controller of quotas would, how much of that there may be."""
    kube.patch_status("ResourceQuota", "few", {"hard": {what: str(most)}, "used": {what: "0"}})


@contextmanager
def none_of(kube: Kube, what: str, **spec: Any) -> Iterator[None]:
    """With a quota that no survey has seen yet, and that the API server holds everybody to."""
    metadata, hard = {"name": "few"}, {"hard": {what: "0"}}
    kube.apply({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": metadata, "spec": {**hard, **spec}})
    limited(kube, what, 0)
    yield
    kube.delete("ResourceQuota", "few")


def test_a_claim_that_is_missing_is_named_and_taken_up_once_it_is_there(
    kube: Kube, kubelet: Kubelet, operator: OperatorProcess, job_of: JobOf
) -> None:
    pvc = {"claimName": "comes-later", "baseURL": operator.settings["store"]["baseURL"]}
    kube.apply(a_profile(), an_image(output={"pvc": pvc}))
    rootfs = job_of("rootfs-")
    kubelet.finishes_rootfs(rootfs)
    eventually(lambda: built(kube) == ("False", "ClaimNotFound"), "ClaimNotFound")
    assert "comes-later" in message(kube)
    assert condition(kube.get("AirshipImage", "worker"), "Stalled") == ("True", "ClaimNotFound")
    assert kube.names("Job") == {rootfs}
    kube.apply(a_claim("comes-later"))
    kubelet.finishes_image(job_of("worker-"))
    eventually(lambda: condition(kube.get("AirshipImage", "worker"), "Ready") == ("True", "Ready"), "Ready")


@pytest.fixture
def no_jobs(kube: Kube) -> Iterator[None]:
    with none_of(kube, JOBS):
        yield


def test_a_quota_that_leaves_no_room_is_named_though_it_came_a_moment_ago(
    kube: Kube, operator: OperatorProcess, no_jobs: None, job_of: JobOf
) -> None:
    kube.apply(a_profile(), an_image())
    eventually(lambda: built(kube) == ("False", "QuotaExceeded"), "QuotaExceeded")
    assert f"ResourceQuota few allows {JOBS} 0" in message(kube)
    assert kube.names("Job") == set()
    limited(kube, JOBS, 1)
    job_of("rootfs-")


@pytest.fixture
def no_pods(kube: Kube) -> Iterator[None]:
    """That have no deadline of their own, as those of Jobs have none."""
    scopes = [{"scopeName": "NotTerminating", "operator": "Exists"}]
    with none_of(kube, "pods", scopeSelector={"matchExpressions": scopes}):
        yield


def test_a_quota_with_a_scope_is_known_to_count_the_pods_of_builds(
    kube: Kube, no_pods: None, operator: OperatorProcess, job_of: JobOf
) -> None:
    """The API server would take the Job, which would then wait for a pod that never comes."""
    kube.apply(a_profile(), an_image())
    eventually(lambda: built(kube) == ("False", "QuotaExceeded"), "QuotaExceeded")
    assert "ResourceQuota few allows pods 0" in message(kube)
    assert kube.names("Job") == set()
    limited(kube, "pods", 1)
    job_of("rootfs-")


@pytest.fixture
def an_arm_node(kube: Kube, tmp_path: Path) -> Iterator[str]:
    file = tmp_path / "node.yaml"
    labels = {"kubernetes.io/arch": "arm64"}
    file.write_text(yaml.safe_dump({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "one", "labels": labels}}))
    kube.kubectl("apply", f"--filename={file}")
    yield "one"
    kube.kubectl("delete", "node", "one")


def test_nodes_of_another_architecture_hold_the_job_back_until_one_can_run_it(
    kube: Kube, an_arm_node: str, operator: OperatorProcess, job_of: JobOf
) -> None:
    kube.apply(a_profile(), an_image())
    eventually(lambda: built(kube) == ("False", "NoSuitableNode"), "NoSuitableNode")
    assert "kubernetes.io/arch=amd64" in message(kube)
    kube.kubectl("label", "node", an_arm_node, "--overwrite", "kubernetes.io/arch=amd64")
    job_of("rootfs-")


def without(*resources: str) -> list[Json]:
    """The rights of the chart but those on these."""
    rights = [each for each in render({}) if each["kind"] in RIGHTS]

    def left(rule: Any) -> bool:
        return not set(resources) & set(rule["resources"])

    return [{**each, "rules": [*filter(left, each["rules"])]} if "rules" in each else each for each in rights]


@pytest.fixture
def with_less(control_plane: ControlPlane, kube: Kube, tmp_path: Path) -> Iterator[Path]:
    """The credentials of an account that may look neither at claims and quotas nor at nodes."""
    namespace, granted, kubeconfig = (tmp_path / name for name in ("namespace.yaml", "rights.yaml", "kubeconfig"))
    namespace.write_text(yaml.safe_dump(NAMESPACE))
    granted.write_text(yaml.safe_dump_all(without("persistentvolumeclaims", "nodes")))
    kube.kubectl("apply", f"--filename={namespace}")
    kube.kubectl("apply", f"--filename={granted}")
    Certificates(control_plane.directory / "pki").kubeconfig(kubeconfig, control_plane.url, ACCOUNT)
    yield kubeconfig
    kube.kubectl("delete", f"--filename={granted}")


def test_what_may_not_be_looked_at_holds_nothing_back(
    kube: Kube, with_less: Path, an_arm_node: str, an_operator: Callable[..., OperatorProcess], job_of: JobOf
) -> None:
    with an_operator(kubeconfig=with_less, lease=LEASE, cache={"claimName": "not-there"}) as operator:
        kube.apply(a_profile(), an_image())
        job_of("rootfs-")
        for resource in ("persistentvolumeclaims", "resourcequotas", "nodes"):
            assert operator.log.read_text().count(f"without a look at {resource}") == 1
