"""What becomes of profiles: whether they are right, who uses them, and what their end means."""

import time
from collections.abc import Callable

from tests.api.documents import a_profile, an_image, condition
from tests.api.kube import Json, Kube, eventually
from tests.api.kubelet import Kubelet
from tests.api.operator_process import OperatorProcess

SETTLED = 2
"""Seconds in which the operator has long looked at what changed."""


def users(kube: Kube, name: str) -> Json | None:
    found: Json | None = kube.get("NodeProfile", name).get("status", {}).get("usedBy")
    return found


def test_a_profile_is_judged_by_itself(kube: Kube, operator: OperatorProcess) -> None:
    kube.apply(a_profile())
    eventually(lambda: condition(kube.get("NodeProfile", "base"), "Ready") == ("True", "Valid"), "valid")
    proxy = {"name": "/etc/apt/apt.conf.d/proxy", "file_content": "https://ops:hunter22@proxy.example/"}
    kube.apply(a_profile(system={"files": [proxy]}))
    eventually(
        lambda: condition(kube.get("NodeProfile", "base"), "Stalled") == ("True", "InlinePassword"), "InlinePassword"
    )
    kube.apply(a_profile())
    eventually(lambda: condition(kube.get("NodeProfile", "base"), "Stalled") is None, "mended")


def test_who_uses_a_profile_is_told(kube: Kube, operator: OperatorProcess) -> None:
    kube.apply(a_profile(), a_profile("other"), an_image("one"), an_image("two"))
    eventually(lambda: users(kube, "base") == {"count": 2, "images": ["one", "two"]}, "two users")
    kube.apply(an_image("two", "other"))
    eventually(lambda: users(kube, "base") == {"count": 1, "images": ["one"]}, "one user")
    eventually(lambda: users(kube, "other") == {"count": 1, "images": ["two"]}, "the other's user")


def test_a_profile_that_is_deleted_stalls_its_images_by_name_and_takes_nothing_from_them(
    kube: Kube, kubelet: Kubelet, operator: OperatorProcess, job_of: Callable[[str], str]
) -> None:
    kube.apply(a_profile(), an_image())
    kubelet.finishes_rootfs(job_of("rootfs-"))
    kubelet.finishes_image(job_of("worker-"))
    eventually(lambda: condition(kube.get("AirshipImage", "worker"), "Ready") == ("True", "Ready"), "Ready")
    published = kube.get("AirshipImage", "worker")["status"]["image"]

    kube.delete("NodeProfile", "base")
    eventually(
        lambda: condition(kube.get("AirshipImage", "worker"), "Stalled") == ("True", "ProfileNotFound"), "Stalled"
    )
    status = kube.get("AirshipImage", "worker")["status"]
    assert status["image"] == published
    assert any("spec.profiles[base]" in each["message"] for each in status["conditions"])

    jobs = kube.names("Job")
    kube.apply(a_profile())
    eventually(lambda: condition(kube.get("AirshipImage", "worker"), "Ready") == ("True", "Ready"), "Ready again")
    time.sleep(SETTLED)
    assert kube.names("Job") == jobs
