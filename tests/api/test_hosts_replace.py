"""Provisioned hosts get a newer image on the real API server: asked first, one canary, then the others."""

import time
from collections.abc import Callable

from tests.api.documents import a_profile, an_image, condition
from tests.api.kube import Kube, eventually
from tests.api.kubelet import Kubelet
from tests.api.metal3 import Metal3
from tests.api.operator_process import OperatorProcess
from tests.bmh.builders import ROLE, Json

RACKS = ("rack-1", "rack-2", "rack-3")
SETTLED = 2
"""Seconds in which the operator has long looked at what changed."""


def rollout(kube: Kube) -> Json:
    """status.hosts, with the condition RolledOut beside it."""
    image = kube.get("AirshipImage", "worker")
    return {**image.get("status", {}).get("hosts", {}), "why": (condition(image, "RolledOut") or ("", ""))[1]}


def checksums(metal3: Metal3) -> list[str]:
    return [metal3.live(name)["spec"].get("image", {}).get("checksum", "")[:6] for name in RACKS]


def events(kube: Kube, reason: str) -> list[Json]:
    return [event for event in kube.list("Event") if event["reason"] == reason]


def test_provisioned_hosts_are_erased_one_by_one_each_with_its_owners_consent(
    metal3: Metal3, kube: Kube, kubelet: Kubelet, rolling_operator: OperatorProcess, job_of: Callable[[str], str]
) -> None:
    for name in RACKS:
        metal3.available(name)
    rules = {"strategy": "Available", "selector": {"matchLabels": ROLE}, "maxUnavailable": 3}
    kube.apply(a_profile(), an_image(rollout=rules))
    kubelet.finishes_rootfs(job_of("rootfs-"))
    former = kubelet.finishes_image(job_of("worker-"))
    eventually(lambda: metal3.looks(*RACKS) == ["provisioned"] * 3, "three hosts", 120)
    eventually(lambda: rollout(kube)["why"] == "RolledOut", "RolledOut")

    jobs = kube.names("Job")
    kube.apply(a_profile(system={"banners": {"login": "welcome"}}))
    kube.apply(an_image(rollout={**rules, "strategy": "Replace", "maxUnavailable": "70%", "canary": 1}))
    newer = kubelet.finishes_image(eventually(lambda: sorted(kube.names("Job") - jobs), "a Job")[0], b"another qcow2")
    eventually(lambda: rollout(kube)["why"] == "AwaitingApproval", "AwaitingApproval")
    assert rollout(kube)["awaitingApproval"] == 3
    time.sleep(SETTLED)
    assert checksums(metal3) == [former[:6]] * 3

    for name in ("rack-1", "rack-2"):
        metal3.run("annotate", "bmh", name, f"airshipit.org/approved-image=sha256:{newer}")
    eventually(lambda: checksums(metal3) == [newer[:6], former[:6], former[:6]], "the canary")
    assert metal3.looks(*RACKS) == ["deprovisioning", "provisioned", "provisioned"]
    time.sleep(SETTLED)
    assert checksums(metal3) == [newer[:6], former[:6], former[:6]]
    assert "canary of 1 first" in next(
        each["message"]
        for each in kube.get("AirshipImage", "worker")["status"]["conditions"]
        if each["type"] == "RolledOut"
    )
    eventually(lambda: metal3.looks(*RACKS) == ["provisioned"] * 3 and rollout(kube)["summary"] == "2/3", "2/3", 120)
    eventually(lambda: rollout(kube)["why"] == "AwaitingApproval", "AwaitingApproval for the last one")
    assert checksums(metal3) == [newer[:6], newer[:6], former[:6]]
    told = [event["regarding"]["name"] for event in events(kube, "HostPatched") if "are erased" in event["note"]]
    assert sorted(told) == ["rack-1", "rack-2"]
    assert {event["regarding"]["name"] for event in events(kube, "HostUpdated")} >= {"rack-1", "rack-2"}
