"""Hosts of Cluster API: what we write for them is taken by its own CRD, and none that it may claim is touched."""

import json
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from airship_images.api.errors import OutsideError
from airship_images.api.reasons import Reason
from airship_images.plan.machine_templates import KIND
from airship_images.plan.steps.rollout import rollout
from tests.api.kube import Json, Kube, eventually
from tests.api.kubelet import Kubelet
from tests.api.metal3 import MACHINE_TEMPLATES, NAMESPACE, Metal3
from tests.api.operator_process import OperatorProcess
from tests.api.published import JobOf, build, publish, rolled_out
from tests.bmh.builders import ROLE, a_host, a_state, an_artifact
from tests.command_line import CommandLine

NEW = an_artifact(2, verified=True)
OWNED = {"consumerRef": {"kind": "Metal3Machine", "name": "cluster-a-worker-1"}}
VERSIONS = ("v1beta1", "v1beta2")
SETTLED = 2
"""Seconds in which the operator has long looked at what changed."""
LIKE_NUMBERS = {"a": "1e5", "b": "089", "c": "0o17", "d": "0B1", "e": "1_0", "f": "y", "g": "N", "h": "123456e78901"}
"""Labels that a reader of YAML may take for something else than text."""


def a_template(version: str, **metadata: Any) -> Json:
    """Machines that may take the hosts of the tests."""
    image = {"url": "http://elsewhere.example/os.qcow2", "checksum": "ab" * 32, "checksumType": "sha256"}
    spec = {"hostSelector": {"matchLabels": ROLE}, "image": image, "dataTemplate": {"name": "workers"}}
    return {
        "apiVersion": f"infrastructure.cluster.x-k8s.io/{version}",
        "kind": KIND,
        "metadata": {"name": "workers", "namespace": NAMESPACE, **metadata},
        "spec": {"template": {"spec": spec}},
    }


def templates(airship_images: CommandLine) -> list[Json]:
    ended = airship_images("hosts", "default/worker", "--templates")
    assert ended.code == 0, ended.err
    return list(yaml.safe_load_all(ended.out))


@pytest.fixture
def owned(kube: Kube, metal3: Metal3) -> None:
    """A published image, and a host of it that Cluster API uses."""
    publish(kube, NEW, strategy="Replace")
    metal3.create(a_host("owned", spec=OWNED))


def test_where_there_is_no_template_the_first_one_is_taken_as_it_is_written(
    metal3: Metal3, owned: None, airship_images: CommandLine
) -> None:
    with metal3.serving(MACHINE_TEMPLATES, KIND, *VERSIONS):
        (found,) = templates(airship_images)
        assert found["metadata"] == {"name": f"worker-{NEW.short_digest}", "namespace": NAMESPACE}
        assert found["spec"]["template"]["spec"]["hostSelector"] == {"matchLabels": ROLE}
        assert found["spec"]["template"]["spec"]["image"]["checksum"] == NEW.checksum
        listed = json.loads(airship_images("hosts", "default/worker", "--templates", "-o", "json").out)
        assert (listed["kind"], listed["items"]) == ("List", [found])
        metal3.takes(found)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_template_is_renewed_in_the_version_that_the_cluster_serves(
    metal3: Metal3, owned: None, airship_images: CommandLine, version: str
) -> None:
    with metal3.serving(MACHINE_TEMPLATES, KIND, version):
        metal3.takes(a_template(version))
        (found,) = templates(airship_images)
        assert found["metadata"]["name"] == f"workers-{NEW.short_digest}"
        metal3.takes(found)
        assert templates(airship_images) == [], "the newest one of its line has the image"


def test_a_label_that_looks_like_a_number_is_written_so_that_kubectl_reads_text(
    metal3: Metal3, owned: None, airship_images: CommandLine
) -> None:
    with metal3.serving(MACHINE_TEMPLATES, KIND, *VERSIONS):
        metal3.takes(a_template("v1beta1", labels=LIKE_NUMBERS))
        metal3.run("create", "--filename=-", text=airship_images("hosts", "default/worker", "--templates").out)
        renewed = metal3.run("get", MACHINE_TEMPLATES, f"workers-{NEW.short_digest}", "--output=json")
        assert json.loads(renewed)["metadata"]["labels"] == LIKE_NUMBERS


@pytest.mark.parametrize("version", VERSIONS)
def test_the_image_in_the_message_of_a_host_is_what_a_template_takes(
    metal3: Metal3, owned: None, airship_images: CommandLine, version: str
) -> None:
    with metal3.serving(MACHINE_TEMPLATES, KIND, version):
        metal3.takes(a_template(version))
        (row,) = json.loads(airship_images("hosts", "default/worker", "-o", "json").out)
        assert row["reason"] == "HostOwned"
        told = re.search(r"\{.*\}", row["message"])
        assert told, row["message"]
        template = a_template(version, name="by-hand")
        template["spec"]["template"]["spec"]["image"] = yaml.safe_load(told[0])
        metal3.takes(template)


def test_the_template_in_status_is_ready_to_apply(
    metal3: Metal3,
    kubelet: Kubelet,
    an_operator: Callable[..., OperatorProcess],
    airship_images: CommandLine,
    job_of: JobOf,
) -> None:
    kube = kubelet.kube

    def told() -> str | None:
        text: str | None = kube.get("AirshipImage", "worker")["status"].get("hosts", {}).get("machineTemplates")
        return text

    with metal3.serving(MACHINE_TEMPLATES, KIND, *VERSIONS), an_operator(rolloutNamespaces=[NAMESPACE]):
        metal3.create(a_host("owned", spec=OWNED))
        build(kube, kubelet, job_of, strategy="Available")
        found = yaml.safe_load(eventually(told, "a template in status") or "")
        assert [found] == templates(airship_images)
        metal3.takes(found)
        eventually(lambda: told() is None, "none any more, once it is applied")


def test_a_host_that_cluster_api_may_claim_is_left_alone_until_no_template_wants_it(
    metal3: Metal3, kube: Kube, kubelet: Kubelet, an_operator: Callable[..., OperatorProcess], job_of: JobOf
) -> None:
    with metal3.serving(MACHINE_TEMPLATES, KIND, *VERSIONS), an_operator(rolloutNamespaces=[NAMESPACE]):
        metal3.takes(a_template("v1beta1"))
        wanted = metal3.available("wanted")
        build(kube, kubelet, job_of, strategy="Available")
        eventually(lambda: rolled_out(kube) == ("False", "HostsHeld"), "HostsHeld")
        (told,) = kube.get("AirshipImage", "worker")["status"]["hosts"]["attention"]
        assert told["reason"] == "HostMayBeClaimed"
        assert "Metal3MachineTemplate workers may claim it" in told["message"]
        time.sleep(SETTLED)
        assert metal3.live("wanted") == wanted
        metal3.run("delete", MACHINE_TEMPLATES, "workers")
        eventually(lambda: "image" in metal3.live("wanted")["spec"], "an image for the host that nobody wants")


def test_a_template_of_a_kind_that_came_after_the_plan_keeps_its_host(metal3: Metal3) -> None:
    before = metal3.available("wanted")
    (action,) = rollout(a_state(before, artifact=NEW, namespace=NAMESPACE)).patches
    with metal3.serving(MACHINE_TEMPLATES, KIND, *VERSIONS):
        metal3.takes(a_template("v1beta1"))
        with pytest.raises(OutsideError) as caught:
            metal3.send(action)
        assert caught.value.reason is Reason.HOST_CHANGED
        assert "Metal3MachineTemplate workers may claim it" in caught.value.message
        assert metal3.live("wanted") == before
        metal3.run("delete", MACHINE_TEMPLATES, "workers")
    metal3.send(action)
    assert "image" in metal3.live("wanted")["spec"]


def test_cluster_api_that_is_installed_while_the_operator_runs_is_seen_before_the_next_host_is_patched(
    metal3: Metal3, kubelet: Kubelet, an_operator: Callable[..., OperatorProcess], job_of: JobOf
) -> None:
    kube, wanted = kubelet.kube, metal3.available("wanted")
    with an_operator(rolloutNamespaces=[NAMESPACE]):
        build(kube, kubelet, job_of, strategy="Manual")
        eventually(lambda: rolled_out(kube) == ("False", "Manual"), "Manual")
        with metal3.serving(MACHINE_TEMPLATES, KIND, *VERSIONS):
            metal3.takes(a_template("v1beta1"))
            kube.patch("AirshipImage", "worker", {"spec": {"rollout": {"strategy": "Available"}}})
            eventually(lambda: rolled_out(kube) == ("False", "HostsHeld"), "HostsHeld")
            assert metal3.live("wanted") == wanted
