"""Does a real API server take everything that the chart makes, from Helm itself and from the rendered manifests?"""

import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from hack.cluster import binaries
from hack.cluster.control_plane import ControlPlane
from tests.unit.chart.helm import CHART, helm, render

EVERYTHING: Mapping[str, Any] = {
    "image": {"registry": "registry.example", "pullSecrets": ["pull"]},
    "operator": {"namespaces": ["default"], "metrics": {"service": True}, "nodeSelector": {"a": "b"}},
    "builder": {"mirror": "http://mirror.example/debian", "allowedImages": ["registry.example/builder:2"]},
    "rollout": {"namespaces": ["default"]},
    "store": {"storageClassName": "", "accessModes": ["ReadWriteMany"], "baseURL": "https://images.example/"},
    "server": {"service": {"type": "NodePort", "nodePort": 30080, "annotations": {"a": "b"}}, "replicas": 2},
}
NAMESPACE = "--namespace=airship-images"


@pytest.fixture(scope="module")
def kubeconfig() -> Iterator[Path]:
    with ControlPlane() as control_plane:
        kubectl(control_plane.kubeconfig, "create", "namespace", "airship-images")
        yield control_plane.kubeconfig


def kubectl(kubeconfig: Path, *arguments: str, text: str = "") -> str:
    command = (str(binaries.ensure("kubectl")), "--kubeconfig", str(kubeconfig), *arguments)
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("values", [{}, EVERYTHING, {"rollout": {"namespaces": ["*"]}}], ids=["default", "all", "wide"])
def test_an_api_server_takes_every_manifest_of_the_chart(kubeconfig: Path, values: Mapping[str, Any]) -> None:
    manifests = render(values)
    apply = ("apply", "--dry-run=server", "--validate=strict", "--filename=-")
    said = kubectl(kubeconfig, *apply, text=yaml.safe_dump_all(manifests))
    assert len(said.splitlines()) == len(manifests)


def test_helm_installs_upgrades_uninstalls_all_but_the_volumes_and_installs_again(kubeconfig: Path) -> None:
    where = ("--kubeconfig", str(kubeconfig), NAMESPACE)
    install(*where)
    install(*where, values={key: value for key, value in EVERYTHING.items() if key != "store"})
    crds = kubectl(kubeconfig, "get", "customresourcedefinitions", "--output=name").split()
    assert len([name for name in crds if name.endswith(".airshipit.org")]) == 2
    uninstall = (str(binaries.ensure("helm")), "uninstall", "airship-images", *where)
    subprocess.run(uninstall, check=True, timeout=60, capture_output=True)
    claims = json.loads(kubectl(kubeconfig, "get", "persistentvolumeclaims", NAMESPACE, "--output=json"))["items"]
    assert {claim["metadata"]["name"] for claim in claims} == {"airship-images", "airship-images-cache"}
    left = kubectl(kubeconfig, "get", "deployments,services,roles,clusterroles", NAMESPACE, "--output=name")
    assert "airship-images" not in left
    install(*where)


def install(*where: str, values: Mapping[str, Any] | None = None) -> None:
    done = helm("upgrade", "--install", "airship-images", str(CHART), *where, values=values)
    assert done.returncode == 0, done.stderr
