"""Hosts get their images though the operator is killed after each of its writes, or stopped in the middle of it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from airship_images.api.annotations import APPROVED_IMAGE
from tests.api.documents import a_profile, an_image, condition
from tests.api.kube import Json, Kube, eventually
from tests.api.kubelet import Kubelet
from tests.api.metal3 import NAMESPACE, Metal3
from tests.api.operator_process import OperatorProcess
from tests.api.test_operator_kill import WELCOME, Story, outcome
from tests.bmh.builders import ROLE
from tests.bmh.machine import Machine, state_of, step

AnOperator = Callable[..., OperatorProcess]

RACKS = ("rack-1", "rack-2", "rack-3")
RULES = {"strategy": "Available", "selector": {"matchLabels": ROLE}, "maxUnavailable": 2}
OUTSIDE_FAILED = 3
SETTLED = 2
"""Seconds in which the operator has long looked at what changed."""


@dataclass
class HostStory(Story):
    """With three hosts, and Metal3 that looks at each of them whenever something is waited for."""

    at_once: int = 0
    """How many hosts were without a running image at the same time, at most."""

    def until(self, question: Callable[[], Any], what: str, seconds: float = 90) -> Any:
        def played() -> Any:
            self.metal3_looks()
            return question()

        return super().until(played, what, seconds)

    def metal3_looks(self) -> None:
        hosts = [self.kube.get("BareMetalHost", name) for name in RACKS]
        away = sum("image" in host["spec"] and state_of(host) != "provisioned" for host in hosts)
        self.at_once = max(self.at_once, away)
        for host in hosts:
            after = step(Machine(host), datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")).host
            if after != host:
                self.kube.patch_status("BareMetalHost", host["metadata"]["name"], after["status"])

    def rolled_out(self, reason: str) -> bool:
        return (condition(self.image(), "RolledOut") or ("", ""))[1] == reason


def lives(story: HostStory) -> None:
    """An image is given to hosts that hold nothing; its profile changes, and their owners let them be erased."""
    kube = story.kube
    kube.apply(a_profile(), an_image(rollout=RULES))
    story.kubelet.finishes_rootfs(story.running("rootfs-"))
    story.kubelet.finishes_image(story.running("worker-"))
    story.becomes_ready()
    story.until(lambda: story.rolled_out("RolledOut"), "RolledOut")
    kube.apply(an_image(rollout={**RULES, "strategy": "Replace", "canary": 1}))
    kube.apply(a_profile(system=WELCOME["system"]))
    newer = story.kubelet.finishes_image(story.running("worker-"), b"another qcow2")
    story.until(lambda: story.rolled_out("AwaitingApproval"), "AwaitingApproval")
    for name in RACKS:
        kube.patch("BareMetalHost", name, {"metadata": {"annotations": {APPROVED_IMAGE: f"sha256:{newer}"}}})
    story.until(lambda: story.rolled_out("RolledOut"), "RolledOut again")
    story.becomes_ready()
    assert story.at_once <= 2


def whole_outcome(kube: Kube) -> Json:
    """That of the image but for its events, some of which tell of what was seen to move; and each host.

    The generation of a host counts the changes of its spec.
    """
    hosts = {name: kube.get("BareMetalHost", name) for name in RACKS}
    found = outcome(kube)
    del found["events"]
    return {
        **found,
        "hosts": {name: (host["spec"], host["metadata"]["generation"]) for name, host in hosts.items()},
        "summary": kube.get("AirshipImage", "worker")["status"]["hosts"]["summary"],
    }


@pytest.mark.timeout(600)
def test_kill_after_every_write_of_a_rollout_patches_no_host_twice_and_forgets_none(
    metal3: Metal3, kube: Kube, kubelet: Kubelet, an_operator: AnOperator, capsys: pytest.CaptureFixture[str]
) -> None:
    found = {}
    for writes in (0, 1):  # 1: each operator dies after its first write, and another one goes on
        kube.delete_all("AirshipImage", "NodeProfile", "Job", "ConfigMap", "Pod", "Event", "BareMetalHost", "Lease")
        for name in RACKS:
            metal3.available(name)
        story = HostStory(kube, kubelet, an_operator(rolloutNamespaces=[NAMESPACE]))
        with story.operator.that_dies_after(writes, again=True):
            lives(story)
            found[writes] = whole_outcome(kube)
    with capsys.disabled():
        print(f"\nrollout: {story.deaths} deaths, each after one write")
    assert found[1] == found[0]
    assert [generation for _, generation in found[0]["hosts"].values()] == [3, 3, 3], "made, then patched twice"
    assert story.deaths >= 25


def test_a_leader_that_is_stopped_and_resumed_in_mid_rollout_patches_nothing(
    metal3: Metal3,
    kube: Kube,
    kubelet: Kubelet,
    an_operator: AnOperator,
    job_of: Callable[[str], str],
) -> None:
    for name in RACKS:
        metal3.available(name)
    first, second = (an_operator(rolloutNamespaces=[NAMESPACE]) for _ in range(2))
    story = HostStory(kube, kubelet, first)
    with first, second.waiting():
        kube.apply(a_profile(), an_image(rollout={**RULES, "maxUnavailable": 1}))
        kubelet.finishes_rootfs(job_of("rootfs-"))
        kubelet.finishes_image(job_of("worker-"))
        eventually(lambda: given(kube) == ["rack-1"], "the first host is patched")
        with first.frozen():
            for _ in range(3):
                story.metal3_looks()
            eventually(second.leads, "the second operator leads", seconds=25)
            eventually(lambda: given(kube) == ["rack-1", "rack-2"], "the second one goes on")
            time.sleep(SETTLED)
            before = versions(kube)
        assert first.ended(within=20) == OUTSIDE_FAILED
        time.sleep(SETTLED)
        assert versions(kube) == before
        assert first.log.read_text().count("patched BareMetalHost") == 1
        story.operator = second
        story.until(lambda: story.rolled_out("RolledOut"), "RolledOut")
        assert story.at_once == 1
        generations = {kube.get("BareMetalHost", name)["metadata"]["generation"] for name in RACKS}
        assert generations == {2}, "made, then patched once"


def given(kube: Kube) -> list[str]:
    return [name for name in RACKS if "image" in kube.get("BareMetalHost", name)["spec"]]


def versions(kube: Kube) -> list[str]:
    return [kube.get("BareMetalHost", name)["metadata"]["resourceVersion"] for name in RACKS]
