"""An image that was built elsewhere comes to hosts from its own server, and only with the bytes that were promised."""

import hashlib
from pathlib import Path
from typing import Any

from airship_images.cluster.catalogue import CONFIG_MAP, read
from tests.api.documents import an_image, condition
from tests.api.kube import Json, Kube, eventually
from tests.api.metal3 import Metal3
from tests.api.operator_process import OperatorProcess
from tests.bmh.builders import ROLE

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


def catalogued(kube: Kube) -> str | None:
    if not kube.exists("ConfigMap", CONFIG_MAP):
        return None
    found = read(kube.get("ConfigMap", CONFIG_MAP))
    return found.spec.files.images["worker"].url if found and "worker" in found.spec.files.images else None
