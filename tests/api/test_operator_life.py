"""The operator comes and goes, rests, and meets kinds that were not there when it started."""

import json
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from hack.cluster import crds
from tests.api.documents import a_host, a_host_status, a_profile, an_image, condition
from tests.api.kube import Kube, eventually
from tests.api.kubelet import Kubelet
from tests.api.operator_process import OperatorProcess

JobOf = Callable[[str], str]
AnOperator = Callable[..., OperatorProcess]

HOST_CRD = Path(__file__).resolve().parents[2] / "hack" / "demo" / "baremetalhost-crd.yaml"
REST_SECONDS = 15
TAKEOVER_SECONDS = 20
"""Until another one leads: the 15 of a Lease that nobody renews, and a look every two seconds."""
SLOW_SECONDS = 10
"""What a slow and busy machine may add to that."""


def is_ready(kube: Kube, name: str = "worker") -> Callable[[], bool]:
    return lambda: condition(kube.get("AirshipImage", name), "Ready") == ("True", "Ready")


def test_an_operator_that_is_stopped_in_mid_build_goes_on_where_it_was(
    kube: Kube, kubelet: Kubelet, an_operator: AnOperator, job_of: JobOf
) -> None:
    with an_operator() as operator:
        kube.apply(a_profile(), an_image())
        rootfs = job_of("rootfs-")
        first = kube.get("Job", rootfs)["metadata"]["uid"]
        assert operator.stop() == 0
        kubelet.runs(rootfs, "rootfs")
        operator.start()
        kubelet.finishes_rootfs(rootfs)
        image = job_of("worker-")
        operator.kill()
        kubelet.finishes_image(image)
        operator.start()
        eventually(is_ready(kube), "Ready")
        assert kube.names("Job") == {rootfs, image}
        assert kube.get("Job", rootfs)["metadata"]["uid"] == first


def test_a_second_operator_waits_until_the_first_one_is_gone(
    kube: Kube, an_operator: AnOperator, job_of: JobOf
) -> None:
    first, second = an_operator(), an_operator()
    with first, second.waiting():
        holder = kube.get("Lease", "airship-images")["spec"]["holderIdentity"]
        eventually(lambda: second.answer("/readyz") == "standing by", "the second one stands by")
        time.sleep(4)
        assert not second.leads()
        assert first.stop() == 0
        eventually(second.leads, "the second operator leads")
        assert kube.get("Lease", "airship-images")["spec"]["holderIdentity"] not in {holder, ""}
        kube.apply(a_profile(), an_image())
        job_of("rootfs-")


def test_a_second_operator_takes_over_within_twenty_seconds_of_a_kill(
    kube: Kube, kubelet: Kubelet, an_operator: AnOperator, job_of: JobOf
) -> None:
    first, second = an_operator(), an_operator()
    with first, second.waiting():
        eventually(lambda: second.answer("/readyz") == "standing by", "the second one stands by")
        kube.apply(a_profile(), an_image())
        kubelet.finishes_rootfs(job_of("rootfs-"))
        image = job_of("worker-")
        first.kill()
        eventually(second.leads, "the second operator leads", TAKEOVER_SECONDS + SLOW_SECONDS)
        kubelet.finishes_image(image)
        eventually(is_ready(kube), "Ready", SLOW_SECONDS)
        assert len(kube.names("Job")) == 2


def test_an_operator_that_was_frozen_writes_nothing_when_it_goes_on_and_ends(
    kube: Kube, kubelet: Kubelet, an_operator: AnOperator, job_of: JobOf
) -> None:
    first, second = an_operator(), an_operator()
    with first, second.waiting():
        kube.apply(a_profile(), an_image())
        rootfs = job_of("rootfs-")
        with first.frozen():
            eventually(second.leads, "the second operator leads")
            holder = kube.get("Lease", "airship-images")["spec"]["holderIdentity"]
            kubelet.finishes_rootfs(rootfs)
            kubelet.finishes_image(job_of("worker-"))
            eventually(is_ready(kube), "Ready")
            profile_is_told = {"count": 1, "images": ["worker"]}
            eventually(lambda: kube.get("NodeProfile", "base")["status"].get("usedBy") == profile_is_told, "usedBy")
            before = kube.rests()
        assert first.ended(within=60) != 0
        time.sleep(2)
        assert kube.writes() == before
        assert kube.get("Lease", "airship-images")["spec"]["holderIdentity"] == holder


def test_at_rest_nothing_is_written_but_the_lease(
    kube: Kube, kubelet: Kubelet, an_operator: AnOperator, job_of: JobOf
) -> None:
    with an_operator() as operator:
        kube.apply(a_profile(), an_image(), an_image("stalled", "nowhere"), an_image("suspended", suspend=True))
        kubelet.finishes_rootfs(job_of("rootfs-"))
        kubelet.finishes_image(job_of("worker-"))
        eventually(is_ready(kube), "Ready")
        users = {"count": 2, "images": ["suspended", "worker"]}
        eventually(lambda: kube.get("NodeProfile", "base")["status"].get("usedBy") == users, "who uses the profile")
        before = kube.rests()
        time.sleep(REST_SECONDS)
        assert kube.writes() - before == 0
        assert operator.stop() == 0
        operator.start()
        time.sleep(3)
        assert kube.writes() - before == 0


def test_what_an_operator_has_done_can_be_measured(
    kube: Kube, kubelet: Kubelet, an_operator: AnOperator, job_of: JobOf
) -> None:
    with an_operator(log_format="json") as operator:
        kube.apply(a_profile(), an_image())
        rootfs = job_of("rootfs-")
        kubelet.runs(rootfs, "fetch")
        kubelet.finishes_rootfs(rootfs)
        kubelet.finishes_image(job_of("worker-"))
        eventually(is_ready(kube), "Ready")
        assert operator.answer("/healthz") == "ok"
        eventually(partial(operator.has_seen, kube), "it has done what it is asked of")
        told = operator.answer("/metrics") or ""
    for line in (
        'airship_images_builds_total{outcome="succeeded",reason="Published"} 1.0',
        'airship_images_images{phase="Ready"} 1.0',
        "airship_images_leader 1.0",
        'airship_images_phase_seconds_count{phase="commit"} 1.0',
        'airship_images_api_requests_total{code="201",resource="jobs",verb="POST"} 2.0',
        'airship_images_actions_total{action="StartBuild"} 2.0',
        'airship_images_cache_lookups_total{entry="rootfs",outcome="miss"} 1.0',
        'airship_images_hosts{state="eligible"} 0.0',
        "airship_images_builds_running 0.0",
        "airship_images_builds_waiting 0.0",
        "airship_images_queue_length 0.0",
    ):
        assert line in told
    for counted in ("queue_wait_seconds_count", "reconcile_seconds_count", 'reconciles_total{outcome="done"}'):
        assert value(told, f"airship_images_{counted}") >= 3  # for each of two Jobs, and for what they came to
    assert time.time() - value(told, "airship_images_last_success_timestamp_seconds") < 60
    lines = [json.loads(line) for line in operator.log.read_text().splitlines()]
    about = {"image": "default/worker", "build": kube.get("AirshipImage", "worker")["status"]["buildHash"][:10]}
    for job in kube.names("Job"):
        (line,) = (each for each in lines if each["message"] == f"created Job {job}, try 1")
        assert {**line, **about, "step": "apply", "level": "info"} == line


def value(told: str, name: str) -> float:
    (line,) = (each for each in told.splitlines() if each.startswith(f"{name} "))
    return float(line.rpartition(" ")[2])


def test_hosts_are_noticed_though_their_kind_comes_after_the_operator(
    kube: Kube, kubelet: Kubelet, an_operator: AnOperator, job_of: JobOf
) -> None:
    rollout = {"strategy": "Available", "selector": {"matchLabels": {"role": "worker"}}}
    with an_operator(rolloutNamespaces=["default"]):
        kube.apply(a_profile(), an_image(rollout=rollout))
        kubelet.finishes_rootfs(job_of("rootfs-"))
        digest = kubelet.finishes_image(job_of("worker-"))
        eventually(is_ready(kube), "Ready")
        eventually(lambda: rolled_out(kube) == ("False", "NoHostAPI"), "NoHostAPI")

        kube.kubectl("apply", "--server-side", f"--filename={HOST_CRD}")
        crds.wait_until_served(kube.kubeconfig, *crds.ALL)
        for name in ("available", "provisioned"):
            kube.create(a_host(name))
            kube.patch_status("BareMetalHost", name, a_host_status(name))
        before = kube.get("BareMetalHost", "provisioned")["spec"]

        patched = eventually(
            lambda: kube.get("BareMetalHost", "available")["spec"].get("image"), "the available host is patched"
        )
        assert patched["checksum"] == digest
        assert patched["checksumType"] == "sha256"
        assert patched["format"] == "qcow2"
        assert patched["url"] == kube.get("AirshipImage", "worker")["status"]["image"]["url"]
        assert kube.get("BareMetalHost", "provisioned")["spec"] == before
        kube.delete_all("BareMetalHost")
        kube.kubectl("delete", f"--filename={HOST_CRD}")


def rolled_out(kube: Kube) -> tuple[str, str] | None:
    return condition(kube.get("AirshipImage", "worker"), "RolledOut")
