"""An image that was built elsewhere comes to hosts from its own server, and only with the bytes that were promised."""

import base64
import gzip
import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from airship_images.api.build import BuildFailure
from airship_images.cluster.catalogue import CONFIG_MAP, read
from tests.api.documents import an_image, condition
from tests.api.kube import Json, Kube, eventually
from tests.api.kubelet import Kubelet
from tests.api.metal3 import Metal3
from tests.api.operator_process import OperatorProcess
from tests.bmh.builders import ROLE

SETTLED = 2
"""Seconds in which the operator has long looked at what changed."""
WANTED = {"strategy": "Available", "selector": {"matchLabels": ROLE}}


def put(store: tuple[Path, str], name: str, content: bytes) -> Json:
    """A file on somebody's server, as an image's source names it."""
    (store[0] / name).write_bytes(content)
    return {"url": f"{store[1]}{name}", "sha256": hashlib.sha256(content).hexdigest()}


def apply(kube: Kube, source: Json, **spec: Any) -> None:
    document = an_image(image={"type": "qcow2", "source": source}, **{"rollout": WANTED, **spec})
    del document["spec"]["profiles"]
    kube.apply(document)


def stands(kube: Kube, kind: str) -> tuple[str, str] | None:
    return condition(kube.get("AirshipImage", "worker"), kind)


def history(kube: Kube) -> list[str]:
    return [each["digest"] for each in kube.get("AirshipImage", "worker")["status"]["history"]]


def test_it_is_read_and_given_to_a_host_and_rolled_back_and_nothing_is_built(
    metal3: Metal3, kube: Kube, rolling_operator: OperatorProcess, store: tuple[Path, str]
) -> None:
    metal3.available("first")
    old = put(store, "debian-1.qcow2", b"somebody's first image" * 10_000)
    apply(kube, old)
    eventually(lambda: "image" in metal3.live("first")["spec"], "an image for the host")
    wanted = {"url": old["url"], "checksum": old["sha256"], "checksumType": "sha256", "format": "qcow2"}
    assert metal3.live("first")["spec"]["image"] == wanted
    eventually(lambda: metal3.looks("first") == ["provisioned"], "the host provisioned")
    eventually(lambda: stands(kube, "RolledOut") == ("True", "RolledOut"), "RolledOut")
    assert stands(kube, "Ready") == ("True", "Ready")
    assert stands(kube, "Built") == ("True", "BuiltElsewhere")
    image = kube.get("AirshipImage", "worker")["status"]["image"]
    assert (image["url"], image["size"]) == (old["url"], 220_000)
    eventually(lambda: catalogued(kube) == old["url"], "the catalogue names it")

    new = put(store, "debian-2.qcow2", b"and the second" * 10_000)
    apply(kube, new, rollout={**WANTED, "digest": f"sha256:{old['sha256']}"})
    eventually(lambda: history(kube) == [f"sha256:{new['sha256']}", f"sha256:{old['sha256']}"], "both in the history")
    metal3.available("second")
    eventually(lambda: "image" in metal3.live("second")["spec"], "an image for the next host")
    assert metal3.live("second")["spec"]["image"]["url"] == old["url"]
    assert metal3.live("first")["spec"]["image"]["url"] == old["url"]
    assert kube.names("Job") == set()
    assert (store[0] / "debian-1.qcow2").exists()


def test_other_bytes_than_promised_reach_no_host_and_the_reason_says_so(
    metal3: Metal3, kube: Kube, rolling_operator: OperatorProcess, store: tuple[Path, str]
) -> None:
    before = metal3.available("free")
    source = put(store, "tampered.qcow2", b"not what was promised" * 10_000)
    apply(kube, {**source, "sha256": "ab" * 32})
    eventually(lambda: stands(kube, "Published") == ("False", "URLMismatch"), "URLMismatch")
    assert stands(kube, "RolledOut") == ("False", "AwaitingArtifact")
    message = next(
        each["message"]
        for each in kube.get("AirshipImage", "worker")["status"]["conditions"]
        if each["type"] == "Published"
    )
    assert source["sha256"] in message
    assert "ab" * 32 in message
    assert metal3.live("free") == before

    apply(kube, source)  # and once the document is right
    eventually(lambda: "image" in metal3.live("free")["spec"], "an image for the host")
    assert metal3.live("free")["spec"]["image"]["checksum"] == source["sha256"]


def test_with_a_boot_test_no_host_gets_it_before_its_job_has_booted_it(
    metal3: Metal3,
    kubelet: Kubelet,
    rolling_operator: OperatorProcess,
    store: tuple[Path, str],
    job_of: Callable[[str], str],
) -> None:
    kube, before = kubelet.kube, metal3.available("careful")
    source = put(store, "vendor.qcow2", b"somebody's image" * 10_000)
    apply(kube, source, verify={"boot": True, "firmware": ["uefi"]})
    job = job_of("worker-")
    (inputs,) = kube.list("ConfigMap", "airshipit.org/image=worker")
    request = yaml.safe_load(gzip.decompress(base64.b64decode(inputs["binaryData"]["source.yaml.gz"])))
    assert request == {**source, "size": 160_000, "type": "qcow2", "firmware": ["uefi"], "allowedFailedUnits": []}
    first = kube.get("Job", job)["metadata"]["uid"]

    kubelet.fails(job, BuildFailure(phase="boot", reason="BootFailed", message="uefi: it panics", retryable=True))
    eventually(lambda: stands(kube, "Verified") == ("False", "BootFailed"), "BootFailed")
    status = kube.get("AirshipImage", "worker")["status"]
    assert "uefi: it panics" in status["build"]["message"]
    assert status["build"]["nextTryAt"]
    assert stands(kube, "RolledOut") == ("False", "AwaitingArtifact")
    time.sleep(SETTLED)
    assert metal3.live("careful") == before

    eventually(lambda: [each for each in kube.list("Job") if each["metadata"]["uid"] != first], "the next try", 90)
    kubelet.runs(job, "fetch-image")
    eventually(lambda: kube.get("AirshipImage", "worker")["status"]["build"]["phase"] == "fetch-image", "its phase")
    kubelet.boots(job)
    eventually(lambda: "image" in metal3.live("careful")["spec"], "an image for the host")
    assert metal3.live("careful")["spec"]["image"]["url"] == source["url"]
    eventually(lambda: stands(kube, "Verified") == ("True", "Verified"), "Verified, which is told after the patch")
    kube.delete("Job", job)
    time.sleep(SETTLED)
    status = kube.get("AirshipImage", "worker")["status"]
    assert (status["phase"], status["image"]["verified"], status["build"]["attempt"]) == ("Ready", True, 2)
    assert kube.names("Job") == set()


def catalogued(kube: Kube) -> str | None:
    live = kube.find("ConfigMap", CONFIG_MAP)
    found = read(live) if live else None
    return found.spec.files.images["worker"].url if found and "worker" in found.spec.files.images else None
