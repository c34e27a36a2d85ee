"""Questions to the cluster under test."""

import json
from typing import Any

from hack.cluster.cluster import kubectl
from hack.demo.release import NAMESPACE

Json = dict[str, Any]

IN_NAMESPACE = f"--namespace={NAMESPACE}"


def items(kind: str, selector: str = "") -> list[Json]:
    """The objects of a kind in our namespace."""
    found: list[Json] = json.loads(kubectl("get", kind, IN_NAMESPACE, f"--selector={selector}", "--output=json"))[
        "items"
    ]
    return found


def names(kind: str) -> set[str]:
    """Their names."""
    return {item["metadata"]["name"] for item in items(kind)}


def versions(*kinds: str) -> dict[str, str]:
    """UID → resourceVersion of all objects of these kinds: equal when nothing was written."""
    found = [item["metadata"] for kind in kinds for item in items(kind)]
    return {metadata["uid"]: metadata["resourceVersion"] for metadata in found}


def apply(manifest: Json) -> None:
    """Create or change one object in our namespace."""
    kubectl("apply", IN_NAMESPACE, "--filename=-", text=json.dumps(manifest))


def an_image(name: str, profile: str = "base", file_name: str = "x.qcow2") -> Json:
    """A small AirshipImage of one profile."""
    return {
        "apiVersion": "airshipit.org/v1alpha1",
        "kind": "AirshipImage",
        "metadata": {"name": name},
        "spec": {"profiles": [{"name": profile}], "image": {"type": "qcow2", "outputFileName": file_name}},
    }
