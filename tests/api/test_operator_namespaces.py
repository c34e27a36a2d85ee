"""Images of two namespaces that would share a root filesystem: each namespace makes its own, and keeps it."""

import time
from pathlib import Path

from hack.cluster.storage import CLAIMS
from tests.api.documents import a_profile, an_image, condition
from tests.api.kube import Json, Kube, eventually
from tests.api.kubelet import Kubelet
from tests.api.operator_process import OperatorProcess

VOLUMES = {"persistentVolumeClaim": "PersistentVolumeClaim", "configMap": "ConfigMap"}
SETTLED = 2
"""Seconds in which the operator has long looked at what changed."""


def job_of(kube: Kube, start: str) -> Json:
    """The one Job of the namespace whose name starts so, once it is there."""

    def found() -> list[Json]:
        return [each for each in kube.list("Job") if each["metadata"]["name"].startswith(start)]

    (job,) = eventually(found, f"a Job {start}… in {kube.namespace}")
    return job


def mounted(kube: Kube) -> dict[str, str]:
    """Name → UID of what the Jobs of the namespace mount but scratch; there is nothing of the node."""
    volumes = [volume for job in kube.list("Job") for volume in job["spec"]["template"]["spec"]["volumes"]]
    found = {}
    for volume in volumes:
        (kind,) = volume.keys() - {"name"}
        if kind != "emptyDir":
            name = volume[kind].get("claimName") or volume[kind]["name"]
            found[name] = kube.get(VOLUMES[kind], name)["metadata"]["uid"]
    return found


def is_ready(kube: Kube) -> bool:
    return condition(kube.get("AirshipImage", "worker"), "Ready") == ("True", "Ready")


def test_the_same_root_filesystem_is_made_in_each_namespace_and_nothing_is_shared(
    kube: Kube, elsewhere: Kube, operator: OperatorProcess, store: tuple[Path, str]
) -> None:
    places = (kube, elsewhere)
    for place in places:
        place.apply(a_profile(), an_image())
    first, second = (job_of(place, "rootfs-")["metadata"] for place in places)
    assert first["name"] == second["name"], "they are of one hash"
    assert first["uid"] != second["uid"]

    Kubelet(kube, store[0]).finishes_rootfs(first["name"])
    image = job_of(kube, "worker-")["metadata"]["name"]
    Kubelet(kube, store[0]).finishes_image(image)
    eventually(lambda: is_ready(kube), "Ready")
    time.sleep(SETTLED)
    assert elsewhere.names("Job") == {second["name"]}, "what one namespace has is not there in the other"
    assert not is_ready(elsewhere)

    Kubelet(elsewhere, store[0]).finishes_rootfs(second["name"])
    job = job_of(elsewhere, "worker-")
    assert job["metadata"]["name"] == image
    (owner,) = job["metadata"]["ownerReferences"]
    assert owner["uid"] == elsewhere.get("AirshipImage", "worker")["metadata"]["uid"]
    here, there = (mounted(place) for place in places)
    assert here.keys() == there.keys() == {*CLAIMS, first["name"], image}
    assert not {*here.values()} & {*there.values()}, "a claim or inputs of both"
