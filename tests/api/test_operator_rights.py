"""Are the rights that the chart grants enough for the whole way, from an image to a patched host?"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from hack.cluster.certificates import Certificates
from hack.cluster.control_plane import ControlPlane
from tests.api.documents import a_host, a_host_status, a_profile, an_image
from tests.api.kube import Kube, eventually
from tests.api.kubelet import Kubelet
from tests.api.operator_process import OperatorProcess
from tests.unit.chart.helm import render

HOST_CRD = Path(__file__).resolve().parents[2] / "hack" / "demo" / "baremetalhost-crd.yaml"
NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "airship-images"}}
LEASE = {"name": "airship-images", "namespace": "airship-images"}
ACCOUNT = "system:serviceaccount:airship-images:airship-images"
RIGHTS = {"ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"}
ROLLOUT = {"strategy": "Available", "selector": {"matchLabels": {"role": "worker"}}}
NOTICED = 30
"""Seconds in which a watch tells of a host; a missing right would cost the retries of a whole minute."""


@pytest.fixture
def with_rights(
    control_plane: ControlPlane, kube: Kube, tmp_path: Path, an_operator: Callable[..., OperatorProcess]
) -> Iterator[Callable[[list[str]], OperatorProcess]]:
    """An operator for some namespaces with the account that the chart makes for it, and no more rights than that."""
    granted, namespace = tmp_path / "rights.yaml", tmp_path / "namespace.yaml"
    namespace.write_text(yaml.safe_dump(NAMESPACE))
    kube.kubectl("apply", f"--filename={namespace}")

    def made(namespaces: list[str]) -> OperatorProcess:
        values = {"operator": {"namespaces": namespaces}, "rollout": {"namespaces": ["default"]}}
        granted.write_text(yaml.safe_dump_all([each for each in render(values) if each["kind"] in RIGHTS]))
        kube.kubectl("apply", f"--filename={granted}")
        kubeconfig = tmp_path / "kubeconfig"
        Certificates(control_plane.directory / "pki").kubeconfig(kubeconfig, control_plane.url, ACCOUNT)
        return an_operator(kubeconfig=kubeconfig, namespaces=namespaces, rolloutNamespaces=["default"], lease=LEASE)

    kube.kubectl("apply", "--server-side", f"--filename={HOST_CRD}")
    yield made
    kube.delete_all("BareMetalHost")
    kube.kubectl("delete", f"--filename={HOST_CRD}", f"--filename={granted}")


@pytest.mark.parametrize("namespaces", [[], ["default"]], ids=["everywhere", "one"])
def test_the_rights_of_the_chart_are_enough(
    kube: Kube,
    kubelet: Kubelet,
    with_rights: Callable[[list[str]], OperatorProcess],
    job_of: Callable[[str], str],
    namespaces: list[str],
) -> None:
    with with_rights(namespaces) as operator:
        kube.apply(a_profile(), an_image(rollout=ROLLOUT))
        rootfs = job_of("rootfs-")
        kubelet.runs(rootfs, "fetch")
        kubelet.finishes_rootfs(rootfs)
        digest = kubelet.finishes_image(job_of("worker-"))
        eventually(lambda: kube.get("AirshipImage", "worker")["status"].get("image"), "a published image")
        kube.create(a_host("available"))
        kube.patch_status("BareMetalHost", "available", a_host_status("available"))
        patched = eventually(
            lambda: kube.get("BareMetalHost", "available")["spec"].get("image"), "a patched host", NOTICED
        )
        assert patched["checksum"] == digest
        assert "forbidden" not in operator.log.read_text().lower()
