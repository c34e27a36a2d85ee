"""Small documents with good defaults, as a user would write them."""

from typing import Any

from tests.api.kube import Json

API = "airshipit.org/v1alpha1"


def a_profile(name: str = "base", **spec: Any) -> Json:
    body = {
        "software": {"distribution": "debian", "suite": "bookworm", "packages": ["openssh-server"]},
        "kernel": {"kernel_base_pkg": "linux-image-amd64"},
    }
    return {"apiVersion": API, "kind": "NodeProfile", "metadata": {"name": name}, "spec": {**body, **spec}}


def an_image(name: str = "worker", profile: str = "base", **spec: Any) -> Json:
    body = {"profiles": [{"name": profile}], "image": {"type": "qcow2", "outputFileName": "worker.qcow2"}}
    return {"apiVersion": API, "kind": "AirshipImage", "metadata": {"name": name}, "spec": {**body, **spec}}


def a_config_map(name: str, **data: str) -> Json:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def a_host(name: str) -> Json:
    return {
        "apiVersion": "metal3.io/v1alpha1",
        "kind": "BareMetalHost",
        "metadata": {"name": name, "labels": {"role": "worker"}},
        "spec": {"online": True},
    }


def a_host_status(state: str) -> Json:
    """As Metal3 reports a healthy host in this state."""
    errors = {"errorMessage": "", "provisioningFailCount": 0}
    return {**errors, "operationalStatus": "OK", "poweredOn": True, "provisioning": {"state": state, "ID": "x"}}


def phase_of_build(image: Json) -> str | None:
    """The phase that status tells of, if it tells of a build yet."""
    phase: str | None = image.get("status", {}).get("build", {}).get("phase")
    return phase


def used_by(profile: Json) -> list[str] | None:
    """The images that its status tells of, if it tells of any yet."""
    images: list[str] | None = profile.get("status", {}).get("usedBy", {}).get("images")
    return images


def condition(image: Json, kind: str) -> tuple[str, str] | None:
    """Status and reason of a condition of the current generation."""
    for each in image.get("status", {}).get("conditions", ()):
        if each["type"] == kind and each["observedGeneration"] == image["metadata"]["generation"]:
            return each["status"], each["reason"]
    return None
