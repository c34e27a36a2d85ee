"""An operator that may not see who names artifacts removes none."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from hack.cluster.certificates import Certificates
from hack.cluster.control_plane import ControlPlane
from tests.api.kube import Kube, eventually
from tests.api.kubelet import Kubelet
from tests.api.operator_process import OperatorProcess
from tests.api.test_operator_retention import SOON, JobOf, blocked, publish_twice, status_of
from tests.api.test_operator_rights import ACCOUNT, LEASE, NAMESPACE, RIGHTS
from tests.unit.chart.helm import render


@pytest.fixture
def blind_operator(
    control_plane: ControlPlane, kube: Kube, tmp_path: Path, an_operator: Callable[..., OperatorProcess]
) -> Iterator[OperatorProcess]:
    """One whose account has all rights of the chart but those on Metal3's kinds."""
    rights = [each for each in render({}) if each["kind"] in RIGHTS]
    for each in rights:
        if "rules" in each:
            each["rules"] = [rule for rule in each["rules"] if rule["apiGroups"] != ["metal3.io"]]
    namespace, granted, kubeconfig = tmp_path / "namespace.yaml", tmp_path / "rights.yaml", tmp_path / "kubeconfig"
    namespace.write_text(yaml.safe_dump(NAMESPACE))
    granted.write_text(yaml.safe_dump_all(rights))
    kube.kubectl("apply", f"--filename={namespace}")
    kube.kubectl("apply", f"--filename={granted}")
    Certificates(control_plane.directory / "pki").kubeconfig(kubeconfig, control_plane.url, ACCOUNT)
    with an_operator(kubeconfig=kubeconfig, lease=LEASE) as running:
        yield running
    kube.kubectl("delete", f"--filename={granted}")


def test_nothing_is_withdrawn_while_hosts_cannot_be_listed(
    kube: Kube, kubelet: Kubelet, blind_operator: OperatorProcess, job_of: JobOf
) -> None:
    publish_twice(kube, kubelet, job_of, retention=SOON)
    eventually(lambda: blocked(kube) == ("True", "ReferencesUnknown"), "it says so")
    (told,) = (each for each in status_of(kube)["conditions"] if each["type"] == "RetentionBlocked")
    assert "baremetalhosts cannot be listed" in told["message"]
    assert not [each for each in status_of(kube)["history"] if each.get("withdrawnAt")]
