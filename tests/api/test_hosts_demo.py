"""The demo's three hosts on a real API server: one gets the image, the two others stay as they are."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from airship_images.api.reasons import Reason
from airship_images.plan.hosts import Host, read
from airship_images.plan.steps.rollout import RolloutOutcome, rollout
from hack.cluster.control_plane import ControlPlane
from hack.cluster.errors import ClusterError
from hack.cluster.guard import LABEL
from hack.cluster.waiting import until
from hack.demo import hosts as demo
from tests.api.metal3 import Metal3
from tests.bmh.builders import Json, a_state, an_artifact, image_block
from tests.bmh.machine import state_of

NEW = an_artifact(2)
NAMESPACE = "airship-images"
NAMES = ("demo-available", "demo-owned", "demo-provisioned")
REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def api() -> Iterator[Metal3]:
    with ControlPlane() as running:
        demo.apply(running.kubeconfig)
        yield Metal3(running.kubeconfig)


def raw(api: Metal3, name: str) -> Json:
    options = (f"--namespace={NAMESPACE}", "--output=json", "--show-managed-fields")
    found: Json = json.loads(api.run("get", "baremetalhost", name, *options))
    return found


def next_move(api: Metal3) -> RolloutOutcome:
    state = a_state(artifact=NEW, namespace=NAMESPACE)
    hosts: tuple[Host, ...] = tuple(read(raw(api, name)) for name in NAMES)
    return rollout(type(state)(**{**vars(state), "hosts": hosts}))


def test_the_available_host_gets_the_image_and_the_others_keep_every_byte(api: Metal3) -> None:
    others = {name: raw(api, name) for name in NAMES[1:]}
    (action,) = next_move(api).patches
    assert action.name == "demo-available"
    api.send(action)
    with demo.simulated(api.kubeconfig):
        until(
            lambda: state_of(raw(api, "demo-available")) == "provisioned",
            "demo-available",
            60,
            lambda: json.dumps(raw(api, "demo-available")["status"]),
        )
    assert raw(api, "demo-available")["status"]["provisioning"]["image"] == image_block(NEW)
    after = next_move(api)
    assert (after.patches, after.condition.reason) == ((), Reason.HOSTS_HELD)
    assert after.hosts
    assert after.hosts.summary == "1/3"
    assert {name: raw(api, name) for name in NAMES[1:]} == others


def test_applying_the_hosts_again_leaves_what_happened_to_them(api: Metal3) -> None:
    (action,) = next_move(api).patches
    api.send(action)
    before = {name: raw(api, name) for name in NAMES}
    demo.apply(api.kubeconfig)
    assert {name: raw(api, name)["spec"] for name in NAMES} == {name: before[name]["spec"] for name in NAMES}
    assert {name: raw(api, name)["status"] for name in NAMES} == {name: before[name]["status"] for name in NAMES}


def test_the_command_line_applies_and_plays(api: Metal3) -> None:
    for arguments in (("apply", str(api.kubeconfig)), ("simulate", str(api.kubeconfig), "--seconds", "3")):
        subprocess.run([sys.executable, "-m", "hack.demo.hosts", *arguments], cwd=REPOSITORY, check=True, timeout=60)


def test_a_cluster_whose_hosts_may_be_real_is_refused(api: Metal3) -> None:
    api.run("label", "crd", demo.KIND, f"{LABEL}-")
    before = {name: raw(api, name) for name in NAMES}
    with pytest.raises(ClusterError, match="may be real"):
        demo.apply(api.kubeconfig)
    with pytest.raises(ClusterError, match="may be real"):
        demo.simulate(api.kubeconfig, 1)
    assert {name: raw(api, name) for name in NAMES} == before
