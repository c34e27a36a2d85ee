"""Does a real API server take everything that the chart makes?"""

import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from hack.cluster import binaries
from hack.cluster.control_plane import ControlPlane
from tests.unit.chart.helm import render

EVERYTHING: Mapping[str, Any] = {
    "image": {"registry": "registry.example", "pullSecrets": ["pull"]},
    "operator": {"namespaces": ["default"], "metrics": {"service": True}, "nodeSelector": {"a": "b"}},
    "builder": {"mirror": "http://mirror.example/debian", "allowedImages": ["registry.example/builder:2"]},
    "rollout": {"namespaces": ["default"]},
    "store": {"storageClassName": "", "accessModes": ["ReadWriteMany"], "baseURL": "https://images.example/"},
    "server": {"service": {"type": "NodePort", "nodePort": 30080, "annotations": {"a": "b"}}, "replicas": 2},
}


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
