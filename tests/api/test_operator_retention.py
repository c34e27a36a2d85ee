"""Old artifacts, against a real API server: what goes, and what stays because something names it."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from airship_images.cluster.catalogue import CONFIG_MAP
from tests.api.documents import a_host, a_profile, an_image, condition
from tests.api.kube import Json, Kube, eventually
from tests.api.kubelet import Kubelet
from tests.api.operator_process import OperatorProcess
from tests.api.test_operator_rights import HOST_CRD

JobOf = Callable[[str], str]
SOON = {"keep": 1, "grace": "1s"}
LOOKED = 'airship_images_actions_total{action="FindReferences"}'
NOTICED = 30
"""Seconds in which the operator has noticed what it did itself; a look at who names artifacts is good for a minute."""


def status_of(kube: Kube) -> Json:
    found: Json = kube.get("AirshipImage", "worker").get("status", {})
    return found


def digests(kube: Kube) -> list[str]:
    return [str(each["digest"]).removeprefix("sha256:") for each in status_of(kube).get("history", [])]


def blocked(kube: Kube) -> tuple[str, str] | None:
    return condition(kube.get("AirshipImage", "worker"), "RetentionBlocked")


def publish_twice(kube: Kube, kubelet: Kubelet, job_of: JobOf, **spec: Any) -> tuple[str, str]:
    """The digests of an artifact, and of the one that took its place."""
    kube.apply(a_profile(), an_image(**spec))
    kubelet.finishes_rootfs(job_of("rootfs-"))
    job = job_of("worker-")
    first = kubelet.finishes_image(job, b"the first")
    eventually(lambda: digests(kube) == [first] and first in catalogue(kube), "the first, and in the catalogue")
    kube.patch("AirshipImage", "worker", {"spec": {"verify": {"boot": False}}})
    second = kubelet.finishes_image(
        eventually(lambda: [name for name in kube.names("Job") if name.startswith("worker-") and name != job], "a Job")[
            0
        ],
        b"the second",
    )
    eventually(lambda: digests(kube)[:1] == [second], "the second")
    return first, second


@pytest.fixture
def hosts(kube: Kube) -> Iterator[Kube]:
    """A cluster that has BareMetalHosts."""
    kube.kubectl("apply", "--server-side", f"--filename={HOST_CRD}")
    yield kube
    kube.delete_all("BareMetalHost")
    kube.kubectl("delete", f"--filename={HOST_CRD}")


def test_an_artifact_that_nothing_names_is_withdrawn_and_then_removed(
    kube: Kube, kubelet: Kubelet, operator: OperatorProcess, job_of: JobOf
) -> None:
    first, second = publish_twice(kube, kubelet, job_of, retention=SOON)
    eventually(lambda: [each for each in status_of(kube)["history"] if each.get("withdrawnAt")], "withdrawn", NOTICED)
    prune = job_of("prune-")
    pod = kube.get("Job", prune)["spec"]["template"]["spec"]
    assert [volume["name"] for volume in pod["volumes"]] == ["output"]
    assert kubelet.removes_artifacts(prune) == [first]
    eventually(lambda: digests(kube) == [second], "one artifact")
    eventually(lambda: prune not in kube.names("Job"), "no Job is left of it")
    reasons = [event["reason"] for event in kube.list("Event")]
    assert {"Withdrawn", "Removed"} <= set(reasons)
    assert condition(kube.get("AirshipImage", "worker"), "Ready") == ("True", "Ready")


def test_an_artifact_that_a_host_names_stays(
    hosts: Kube, kubelet: Kubelet, operator: OperatorProcess, job_of: JobOf
) -> None:
    kube = hosts
    assert operator.stop() == 0
    operator.start()  # which has not looked before there was a host
    first, _ = publish_twice(kube, kubelet, job_of)
    host = a_host("in-use")
    host["spec"]["image"] = {"url": f"http://elsewhere.example/{first}/worker.qcow2", "checksum": first}
    kube.create(host)
    before = kube.get("AirshipImage", "worker")["metadata"]["resourceVersion"]
    kube.patch("AirshipImage", "worker", {"spec": {"retention": SOON}})
    eventually(lambda: LOOKED in (operator.answer("/metrics") or ""), "a look at who names artifacts")
    time.sleep(3)
    assert len(digests(kube)) == 2
    told = [each["status"]["history"] for each in kube.told_since("AirshipImage", before)]
    assert not [each for history in told for each in history if each.get("withdrawnAt")]
    assert not [name for name in kube.names("Job") if name.startswith("prune-")]


def test_an_image_that_takes_its_artifacts_with_it_goes_when_they_have_gone(
    kube: Kube, kubelet: Kubelet, operator: OperatorProcess, job_of: JobOf
) -> None:
    kube.apply(a_profile(), an_image(deletionPolicy="Delete"))
    assert "finalizers" not in kube.get("AirshipImage", "worker")["metadata"]
    kubelet.finishes_rootfs(job_of("rootfs-"))
    digest = kubelet.finishes_image(job_of("worker-"))
    eventually(lambda: digests(kube) == [digest], "published")
    assert kube.get("AirshipImage", "worker")["metadata"]["finalizers"] == ["airshipit.org/artifacts"]
    eventually(lambda: digest in catalogue(kube), "catalogued")

    kube.kubectl("delete", "airshipimage", "worker", "--wait=false")
    eventually(lambda: digest not in catalogue(kube), "withdrawn from the catalogue")
    assert kubelet.removes_artifacts(job_of("prune-")) == [digest]
    eventually(lambda: "worker" not in kube.names("AirshipImage"), "gone")


def test_a_deleted_image_leaves_its_artifacts_unless_told_otherwise(
    kube: Kube, kubelet: Kubelet, operator: OperatorProcess, job_of: JobOf
) -> None:
    software = {"distribution": "debian", "suite": "bookworm", "packages": ["openssh-server", "sudo"]}
    kube.apply(a_profile(software=software), an_image())  # no root filesystem that a Job made a moment ago
    kubelet.finishes_rootfs(job_of("rootfs-"))
    digest = kubelet.finishes_image(job_of("worker-"))
    eventually(lambda: digests(kube) == [digest], "published")
    kube.kubectl("delete", "airshipimage", "worker", "--timeout=30s")
    assert (kubelet.store / digest).exists()


def catalogue(kube: Kube) -> str:
    found = kube.find("ConfigMap", CONFIG_MAP)
    return str(found["data"]) if found else ""
