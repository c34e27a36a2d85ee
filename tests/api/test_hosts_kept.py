"""No change of anything but bytes erases a host, though the strategy may replace and its owner agreed to its image."""

import time
from pathlib import Path

import pytest

from tests.api.kube import Kube, eventually
from tests.api.kubelet import Kubelet
from tests.api.metal3 import Metal3
from tests.api.operator_process import OperatorProcess
from tests.api.published import JobOf, build, rolled_out
from tests.bmh.builders import Json

HOST = "rack-1"
CONTENT = b"a qcow2"
SETTLED = 3
"""Seconds in which the operator has long looked at what changed, and Metal3 would have begun."""


@pytest.fixture
def provisioned(metal3: Metal3, kube: Kube, kubelet: Kubelet, rolling_operator: OperatorProcess, job_of: JobOf) -> Json:
    """A host that runs the image, whose owner agrees to just that digest."""
    metal3.available(HOST)
    digest = build(kube, kubelet, job_of, strategy="Replace")
    eventually(lambda: "image" in metal3.live(HOST)["spec"], "an image for the host")
    eventually(lambda: metal3.looks(HOST) == ["provisioned"], "the host provisioned")
    metal3.run("annotate", "bmh", HOST, f"airshipit.org/approved-image=sha256:{digest}")
    eventually(lambda: rolled_out(kube) == ("True", "RolledOut"), "RolledOut")
    return metal3.live(HOST)


def rebuilt(kube: Kube, kubelet: Kubelet, change: Json, file_name: str = "worker.qcow2") -> str:
    """The URL of the same bytes, once they are published as the changed image asks."""
    jobs, former = kube.names("Job"), url(kube)
    kube.patch("AirshipImage", "worker", {"spec": change})
    (job,) = eventually(lambda: sorted(kube.names("Job") - jobs), "a Job for the change")
    kubelet.finishes_image(job, CONTENT, file_name)
    eventually(lambda: url(kube) != former, "another URL")
    return url(kube)


def url(kube: Kube) -> str:
    return str(kube.get("AirshipImage", "worker")["status"]["image"]["url"])


def assert_kept(metal3: Metal3, before: Json) -> None:
    """Metal3 sees no reason to do anything with it."""
    time.sleep(SETTLED)
    assert metal3.looks(HOST) == ["provisioned"]
    after = metal3.live(HOST)
    assert (after["spec"], after["status"]) == (before["spec"], before["status"])
    assert after["metadata"]["annotations"] == before["metadata"]["annotations"]


def test_a_changed_base_url_erases_no_host(
    provisioned: Json, metal3: Metal3, kube: Kube, kubelet: Kubelet, store: tuple[Path, str]
) -> None:
    moved = store[1].replace("127.0.0.1", "localhost")
    output = {"output": {"pvc": {"claimName": "airship-images", "baseURL": moved}}}
    assert rebuilt(kube, kubelet, output).startswith(moved)
    assert_kept(metal3, provisioned)
    assert rolled_out(kube) == ("True", "RolledOut")


def test_a_changed_file_name_erases_no_host(provisioned: Json, metal3: Metal3, kube: Kube, kubelet: Kubelet) -> None:
    change = {"image": {"outputFileName": "renamed.qcow2"}}
    assert rebuilt(kube, kubelet, change, "renamed.qcow2").endswith("/renamed.qcow2")
    assert_kept(metal3, provisioned)
    assert rolled_out(kube) == ("True", "RolledOut")


def test_a_changed_label_erases_no_host(provisioned: Json, metal3: Metal3, kube: Kube) -> None:
    metal3.run("label", "bmh", HOST, "role=spare", "--overwrite")
    eventually(lambda: rolled_out(kube) == ("False", "NoHostSelected"), "NoHostSelected")
    assert_kept(metal3, provisioned)


def test_a_changed_selector_erases_no_host(provisioned: Json, metal3: Metal3, kube: Kube) -> None:
    kube.patch("AirshipImage", "worker", {"spec": {"rollout": {"selector": {"matchLabels": {"role": "spare"}}}}})
    eventually(lambda: rolled_out(kube) == ("False", "NoHostSelected"), "NoHostSelected")
    assert_kept(metal3, provisioned)


@pytest.mark.parametrize("policy", ["Retain", "Delete"])
def test_a_deleted_image_clears_no_host_and_what_a_host_names_stays(
    provisioned: Json, metal3: Metal3, kube: Kube, store: tuple[Path, str], policy: str
) -> None:
    kube.patch("AirshipImage", "worker", {"spec": {"deletionPolicy": policy}})
    eventually(lambda: is_held(kube) == (policy == "Delete"), "the finalizer of that policy")
    kube.delete("AirshipImage", "worker")
    eventually(lambda: not kube.exists("AirshipImage", "worker"), "the image gone", 60)
    assert_kept(metal3, provisioned)
    assert Path(store[0], provisioned["spec"]["image"]["checksum"], "worker.qcow2").exists()
    assert not [name for name in kube.names("Job") if name.startswith("prune-")]


def is_held(kube: Kube) -> bool:
    return bool(kube.get("AirshipImage", "worker")["metadata"].get("finalizers"))
