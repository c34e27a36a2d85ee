"""The operator and its hosts, from a published image to a provisioned host."""

import time
from functools import partial

from airship_images.cluster.catalogue import CONFIG_MAP, read
from tests.api.documents import a_profile, an_image
from tests.api.kube import Kube, eventually
from tests.api.kubelet import Kubelet
from tests.api.metal3 import Metal3
from tests.api.operator_process import OperatorProcess
from tests.api.published import JobOf, build, rolled_out
from tests.bmh.builders import ROLE, Json, a_host, an_artifact, image_block
from tests.command_line import CommandLine

OTHER = image_block(an_artifact(9))
OWNED = {"consumerRef": {"kind": "Metal3Machine", "name": "cluster-a-worker-1"}}
SETTLED = 2
"""Seconds in which the operator has long looked at what changed."""


def history(kube: Kube) -> list[str]:
    return [each["digest"] for each in kube.get("AirshipImage", "worker")["status"]["history"]]


def hosts_of(kube: Kube) -> Json:
    found: Json = kube.get("AirshipImage", "worker").get("status", {}).get("hosts", {})
    return found


def versions(metal3: Metal3, kube: Kube, *names: str) -> list[str]:
    objects = [*(metal3.live(name) for name in names), kube.get("AirshipImage", "worker")]
    return [each["metadata"]["resourceVersion"] for each in objects]


def test_the_available_host_gets_the_published_image_and_no_other_host_is_touched(
    metal3: Metal3, kube: Kube, kubelet: Kubelet, rolling_operator: OperatorProcess, job_of: JobOf
) -> None:
    metal3.available("free")
    others = {
        "owned": metal3.create(a_host("owned", spec=OWNED)),
        "provisioned": metal3.create(a_host("provisioned", "provisioned", image=OTHER, status_image=OTHER)),
    }
    digest = build(kube, kubelet, job_of, strategy="Available")
    eventually(lambda: "image" in metal3.live("free")["spec"], "an image for the free host")
    image = metal3.live("free")["spec"]["image"]
    assert (image["checksum"], image["checksumType"], image["format"]) == (digest, "sha256", "qcow2")
    eventually(lambda: image["url"] == kube.get("AirshipImage", "worker")["status"]["image"]["url"], "it in status")

    eventually(lambda: metal3.looks("free") == ["provisioned"], "the free host provisioned")
    eventually(lambda: hosts_of(kube).get("summary") == "1/3", "1/3")
    assert rolled_out(kube) == ("False", "HostsHeld")
    assert {each["name"]: each["reason"] for each in hosts_of(kube)["attention"]} == {
        "owned": "HostOwned",
        "provisioned": "NotAvailable",
    }
    before = versions(metal3, kube, "free", "owned", "provisioned")
    time.sleep(SETTLED)
    assert versions(metal3, kube, "free", "owned", "provisioned") == before
    assert {name: metal3.live(name) for name in others} == others


def test_manual_names_the_hosts_that_would_change_and_patches_none(
    metal3: Metal3,
    kube: Kube,
    kubelet: Kubelet,
    rolling_operator: OperatorProcess,
    job_of: JobOf,
    *,
    airship_images: CommandLine,
) -> None:
    before = {name: metal3.available(name) for name in ("a", "b")}
    build(kube, kubelet, job_of)
    eventually(lambda: rolled_out(kube) == ("False", "Manual"), "Manual")
    assert kube.get("AirshipImage", "worker")["status"]["plan"]["hosts"] == ["a", "b"]
    assert "hosts  would change: a, b\n" in airship_images("plan", "--image", "default/worker").out
    time.sleep(SETTLED)
    assert {name: metal3.live(name) for name in before} == before


def test_an_operator_that_was_killed_in_a_rollout_goes_on_one_host_at_a_time(
    metal3: Metal3, kube: Kube, kubelet: Kubelet, rolling_operator: OperatorProcess, job_of: JobOf
) -> None:
    for name in ("a", "b"):
        metal3.available(name)
    build(kube, kubelet, job_of, strategy="Available")
    eventually(lambda: "image" in metal3.live("a")["spec"], "an image for a")
    first = metal3.live("a")
    rolling_operator.kill()
    rolling_operator.start()
    time.sleep(SETTLED)
    assert metal3.live("a") == first
    assert "image" not in metal3.live("b")["spec"]
    eventually(lambda: metal3.looks("a") == ["provisioned"], "a provisioned")
    eventually(lambda: "image" in metal3.live("b")["spec"], "an image for b")
    eventually(lambda: metal3.looks("b") == ["provisioned"], "b provisioned")
    eventually(lambda: rolled_out(kube) == ("True", "RolledOut"), "RolledOut")
    assert hosts_of(kube)["summary"] == "2/2"


def test_an_earlier_digest_is_given_to_the_next_host_and_nothing_is_built(
    metal3: Metal3, kube: Kube, kubelet: Kubelet, rolling_operator: OperatorProcess, job_of: JobOf
) -> None:
    first = build(kube, kubelet, job_of)
    eventually(lambda: history(kube) == [f"sha256:{first}"], "the first in the history")
    kube.apply(a_profile(system={"banners": {"login": "welcome"}}))
    newer = eventually(kube.running_jobs, "a Job for the change")
    second = kubelet.finishes_image(newer[0], b"another qcow2")
    digests = [f"sha256:{second}", f"sha256:{first}"]
    eventually(lambda: history(kube) == digests, "both in the history")
    jobs = kube.names("Job")
    kube.patch("AirshipImage", "worker", {"spec": {"rollout": {"strategy": "Available", "digest": f"sha256:{first}"}}})
    metal3.available("free")
    eventually(lambda: "image" in metal3.live("free")["spec"], "an image for the free host")
    assert metal3.live("free")["spec"]["image"]["checksum"] == first
    assert kube.get("AirshipImage", "worker")["status"]["image"]["digest"] == f"sha256:{second}"
    assert kube.names("Job") == jobs
    eventually(lambda: catalogued(kube) == first, "the catalogue names what hosts should run")


def test_an_offline_host_gets_its_image_only_once_it_is_switched_on(
    metal3: Metal3, kube: Kube, kubelet: Kubelet, rolling_operator: OperatorProcess, job_of: JobOf
) -> None:
    """Cluster API may claim an offline host with an image, and then boots it without its own user data."""
    offline = metal3.create(a_host("offline", spec={"online": False}))
    build(kube, kubelet, job_of, strategy="Available")
    eventually(lambda: rolled_out(kube) == ("False", "HostsHeld"), "HostsHeld")
    assert [each["reason"] for each in hosts_of(kube)["attention"]] == ["HostOffline"]
    time.sleep(SETTLED)
    assert metal3.live("offline") == offline
    metal3.patch("offline", {"spec": {"online": True}})
    eventually(lambda: "image" in metal3.live("offline")["spec"], "an image for the host that is on")


def catalogued(kube: Kube) -> str | None:
    found = read(kube.find("ConfigMap", CONFIG_MAP))
    return found.spec.files.images["worker"].checksum if found else None


def test_two_images_that_select_one_host_leave_it_and_name_each_other_until_one_goes(
    metal3: Metal3, kube: Kube, kubelet: Kubelet, rolling_operator: OperatorProcess, job_of: JobOf
) -> None:
    before = metal3.available("contested")
    rollout = {"strategy": "Available", "selector": {"matchLabels": ROLE}}
    kube.apply(a_profile(), an_image(rollout=rollout), an_image("rival", rollout=rollout))
    kubelet.finishes_rootfs(job_of("rootfs-"))
    digest = kubelet.finishes_image(job_of("worker-"))
    kubelet.finishes_image(job_of("rival-"), b"another qcow2")

    def conflict(name: str) -> str:
        conditions = kube.get("AirshipImage", name).get("status", {}).get("conditions", [])
        return "".join(each["message"] for each in conditions if each["reason"] == "Conflict")

    for name, other in (("worker", "rival"), ("rival", "worker")):
        message = eventually(partial(conflict, name), f"the conflict of {name}")
        assert f"AirshipImage {other}" in message
        assert "contested" in message
    time.sleep(SETTLED)
    assert metal3.live("contested") == before
    kube.delete("AirshipImage", "rival")
    eventually(lambda: metal3.live("contested")["spec"].get("image", {}).get("checksum") == digest, "its image")
