"""From an applied image to a published artifact, against a real API server."""

import base64
import gzip
import hashlib
import json
import time
from collections.abc import Callable

from airship_images.api.build import BuildFailure
from airship_images.cluster.catalogue import CONFIG_MAP
from tests.api.documents import a_config_map, a_profile, an_image, condition, phase_of_build, used_by
from tests.api.kube import Kube, eventually
from tests.api.kubelet import Kubelet
from tests.api.operator_process import OperatorProcess

JobOf = Callable[[str], str]

SETTLED = 2
"""Seconds in which the operator has long looked at what changed."""


WATCHED = 30
"""Seconds in which a watch tells of a change; the next look at everything may be minutes away."""


def is_ready(kube: Kube, name: str = "worker") -> Callable[[], bool]:
    return lambda: condition(kube.get("AirshipImage", name), "Ready") == ("True", "Ready")


def build(kube: Kube, kubelet: Kubelet, job_of: JobOf) -> str:
    """Apply an image and play its build to the end, until the last word on it is written; the digest."""
    kube.apply(an_image(), a_profile())  # in this order the profile tells soon who uses it
    kubelet.finishes_rootfs(job_of("rootfs-"))
    digest = kubelet.finishes_image(job_of("worker-"))
    eventually(is_ready(kube), "Ready")
    eventually(lambda: kube.exists("ConfigMap", CONFIG_MAP), "its catalogue")
    eventually(lambda: used_by(kube.get("NodeProfile", "base")) == ["worker"], "who uses the profile")
    return digest


def test_an_image_goes_from_apply_to_ready(
    kube: Kube, kubelet: Kubelet, operator: OperatorProcess, job_of: JobOf
) -> None:
    kube.apply(a_profile(), an_image())
    rootfs = job_of("rootfs-")
    assert kube.names("Job") == {rootfs}
    inputs = eventually(lambda: kube.list("ConfigMap", "airshipit.org/rootfs-hash"), "inputs")[0]
    assert inputs["metadata"]["name"] == rootfs
    assert inputs["immutable"] is True
    assert set(inputs["binaryData"]) == {"rootfs.yaml.gz", "rootfs-vars.yaml.gz"}
    request = gzip.decompress(base64.b64decode(inputs["binaryData"]["rootfs.yaml.gz"])).decode()
    assert rootfs.removeprefix("rootfs-") in request

    kubelet.runs(rootfs, "fetch")
    eventually(lambda: phase_of_build(kube.get("AirshipImage", "worker")) == "fetch", "phase fetch")
    kubelet.finishes_rootfs(rootfs)
    job = job_of("worker-")
    kubelet.runs(job, "boot")
    eventually(lambda: condition(kube.get("AirshipImage", "worker"), "Built") == ("True", "Built"), "Built")
    digest = kubelet.finishes_image(job)

    eventually(is_ready(kube), "Ready")
    status = kube.get("AirshipImage", "worker")["status"]
    assert status["image"]["digest"] == f"sha256:{digest}"
    assert status["image"]["url"].endswith(f"/{digest}/worker.qcow2")
    assert status["phase"] == "Ready"
    assert status["observedGeneration"] == 1
    assert kube.names("Job") == {rootfs, job}


def test_kubectl_wait_sees_an_image_become_ready(
    kube: Kube, kubelet: Kubelet, operator: OperatorProcess, job_of: JobOf
) -> None:
    build(kube, kubelet, job_of)
    assert "condition met" in kube.kubectl("wait", "--for=condition=Ready", "airshipimage/worker", "--timeout=30s")


def test_what_belongs_to_one_image_goes_with_it_and_a_root_filesystem_stays(
    kube: Kube, kubelet: Kubelet, operator: OperatorProcess, job_of: JobOf
) -> None:
    build(kube, kubelet, job_of)
    uid = kube.get("AirshipImage", "worker")["metadata"]["uid"]
    for kind in ("Job", "ConfigMap"):
        (own,) = kube.list(kind, "airshipit.org/image=worker")
        assert [owner["uid"] for owner in own["metadata"]["ownerReferences"]] == [uid]
        shared = kube.get(kind, job_of("rootfs-"))
        assert "ownerReferences" not in shared["metadata"]


def test_the_jobs_have_no_token_no_privilege_and_the_least_volumes(
    kube: Kube, kubelet: Kubelet, operator: OperatorProcess, job_of: JobOf
) -> None:
    build(kube, kubelet, job_of)
    for job in kube.list("Job"):
        pod = job["spec"]["template"]["spec"]
        assert job["spec"]["backoffLimit"] == 0
        assert pod["automountServiceAccountToken"] is False
        assert pod["restartPolicy"] == "Never"
        for container in (*pod["initContainers"], *pod["containers"]):
            assert container["securityContext"] == {"privileged": False, "allowPrivilegeEscalation": False}


def test_applying_the_same_again_starts_and_writes_nothing(
    kube: Kube, kubelet: Kubelet, operator: OperatorProcess, job_of: JobOf
) -> None:
    build(kube, kubelet, job_of)
    before = versions(kube)
    kube.apply(a_profile(), an_image())
    time.sleep(SETTLED)
    assert versions(kube) == before


def test_a_change_that_no_image_is_made_of_starts_and_writes_nothing(
    kube: Kube, kubelet: Kubelet, operator: OperatorProcess, job_of: JobOf
) -> None:
    build(kube, kubelet, job_of)
    before = versions(kube)
    kube.patch("NodeProfile", "base", {"metadata": {"labels": {"touched": "yes"}}})
    time.sleep(SETTLED)
    assert {name for name, version in versions(kube).items() if before[name] != version} == {"NodeProfile/base"}


def test_two_images_of_one_root_filesystem_share_its_job(
    kube: Kube, kubelet: Kubelet, operator: OperatorProcess, job_of: JobOf
) -> None:
    kube.apply(a_profile(), an_image("one"), an_image("two"))
    kubelet.finishes_rootfs(job_of("rootfs-"))
    job_of("one-")
    job_of("two-")
    assert len(kube.names("Job")) == 3


def test_a_change_to_a_profile_reaches_every_image_that_uses_it(
    kube: Kube, kubelet: Kubelet, operator: OperatorProcess, job_of: JobOf
) -> None:
    kube.apply(a_profile(), a_profile("other"), an_image("one"), an_image("two"), an_image("three", "other"))
    kubelet.finishes_rootfs(job_of("rootfs-"))
    before = {name: job_of(f"{name}-") for name in ("one", "two", "three")}
    kube.apply(a_profile(system={"banners": {"login": "welcome"}}))

    def renewed() -> set[str]:
        return {name.split("-")[0] for name in kube.names("Job") - set(before.values()) if "rootfs" not in name}

    eventually(lambda: renewed() == {"one", "two"}, "new Jobs of the images of the profile")


def test_a_wrong_request_stalls_and_a_repair_is_taken_up(kube: Kube, operator: OperatorProcess, job_of: JobOf) -> None:
    kube.apply(an_image())
    eventually(
        lambda: condition(kube.get("AirshipImage", "worker"), "Stalled") == ("True", "ProfileNotFound"), "Stalled"
    )
    assert "base" in json.dumps(kube.get("AirshipImage", "worker")["status"]["conditions"])
    assert kube.names("Job") == set()
    kube.apply(a_profile())
    job_of("rootfs-")
    eventually(lambda: condition(kube.get("AirshipImage", "worker"), "Stalled") is None, "no longer Stalled")


def test_a_configmap_that_is_missing_stalls_and_is_taken_up_when_it_appears_and_when_it_changes(
    kube: Kube, operator: OperatorProcess, kubelet: Kubelet, job_of: JobOf
) -> None:
    content_from = {"configMapName": "site", "key": "site.conf"}
    kube.apply(a_profile(system={"files": [{"name": "/etc/site.conf", "content_from": content_from}]}), an_image())
    eventually(
        lambda: condition(kube.get("AirshipImage", "worker"), "Stalled") == ("True", "ConfigMapNotFound"), "Stalled"
    )
    assert condition(kube.get("AirshipImage", "worker"), "InputsReady") == ("False", "ConfigMapNotFound")
    assert "no ConfigMap site" in json.dumps(kube.get("AirshipImage", "worker")["status"]["conditions"])
    kube.apply(a_config_map("site", **{"site.conf": "one", "more": "x"}), a_config_map("of-nobody", a="b"))
    rootfs = job_of("rootfs-")
    kubelet.finishes_rootfs(rootfs)
    first = job_of("worker-")
    (inputs,) = kube.list("ConfigMap", "airshipit.org/image=worker")
    text = gzip.decompress(base64.b64decode(inputs["binaryData"]["configmaps.yaml.gz"])).decode()
    assert text == "site:\n  data:\n    site.conf: one\n"
    kube.patch("ConfigMap", "site", {"data": {"more": "y"}})
    kube.patch("ConfigMap", "site", {"data": {"site.conf": "two"}})
    eventually(lambda: kube.names("Job") - {rootfs, first}, "another Job for another content", WATCHED)
    eventually(lambda: first not in kube.names("Job"), "the former one is stopped", WATCHED)
    kube.delete("ConfigMap", "site")
    eventually(
        lambda: condition(kube.get("AirshipImage", "worker"), "Stalled") == ("True", "ConfigMapNotFound"),
        "Stalled again",
        WATCHED,
    )


def test_content_that_fits_no_configmap_of_ours_is_refused_before_anything_is_made(
    kube: Kube, operator: OperatorProcess
) -> None:
    noise = {f"k{number}": hashlib.shake_256(bytes([number])).hexdigest(170_000) for number in range(3)}
    files = [{"name": f"/{key}", "content_from": {"configMapName": "large", "key": key}} for key in noise]
    more = [{"name": f"/more-{key}", "content_from": {"configMapName": "larger", "key": key}} for key in noise]
    kube.create(a_config_map("large", **noise))
    kube.create(a_config_map("larger", **{key: text[::-1] for key, text in noise.items()}))
    kube.apply(a_profile(system={"files": files + more}), an_image())
    eventually(
        lambda: condition(kube.get("AirshipImage", "worker"), "Stalled") == ("True", "InputsTooLarge"), "Stalled"
    )
    assert kube.names("Job") == set()


def test_a_build_that_fails_for_good_stalls_with_the_builders_words(
    kube: Kube, kubelet: Kubelet, operator: OperatorProcess, job_of: JobOf
) -> None:
    kube.apply(a_profile(), an_image())
    failure = BuildFailure(phase="fetch", reason="PackagesFailed", message="no package nonesuch", retryable=False)
    kubelet.fails(job_of("rootfs-"), failure)
    eventually(
        lambda: condition(kube.get("AirshipImage", "worker"), "Stalled") == ("True", "PackagesFailed"), "Stalled"
    )
    status = kube.get("AirshipImage", "worker")["status"]
    assert "no package nonesuch" in status["build"]["message"]
    assert "nextTryAt" not in status["build"]


def test_a_build_that_fails_by_bad_luck_is_tried_again_under_the_same_name(
    kube: Kube, kubelet: Kubelet, operator: OperatorProcess, job_of: JobOf
) -> None:
    kube.apply(a_profile(), an_image())
    name = job_of("rootfs-")
    first = kube.get("Job", name)["metadata"]["uid"]
    kubelet.fails(name, BuildFailure(phase="fetch", reason="MirrorFailed", message="503", retryable=True))
    eventually(lambda: condition(kube.get("AirshipImage", "worker"), "Reconciling") == ("True", "Retrying"), "Retrying")
    assert kube.get("AirshipImage", "worker")["status"]["build"]["nextTryAt"]
    second = eventually(lambda: [job for job in kube.list("Job") if job["metadata"]["uid"] != first], "the second try")[
        0
    ]
    assert second["metadata"]["name"] == name
    assert second["metadata"]["annotations"]["airshipit.org/attempt"] == "2"
    eventually(lambda: kube.get("AirshipImage", "worker")["status"]["build"]["attempt"] == 2, "attempt 2")


def test_a_pod_that_no_node_takes_is_told_in_status(
    kube: Kube, kubelet: Kubelet, operator: OperatorProcess, job_of: JobOf
) -> None:
    kube.apply(a_profile(), an_image())
    kubelet.finds_no_node(job_of("rootfs-"), "0/3 nodes are available: 3 Insufficient memory.")
    eventually(
        lambda: condition(kube.get("AirshipImage", "worker"), "Built") == ("False", "Unschedulable"), "Unschedulable"
    )
    assert "Insufficient memory" in kube.get("AirshipImage", "worker")["status"]["build"]["message"]


def test_a_node_that_is_lost_is_named_though_its_pod_is_gone(
    kube: Kube, kubelet: Kubelet, operator: OperatorProcess, job_of: JobOf
) -> None:
    kube.apply(a_profile(), an_image())
    rootfs = job_of("rootfs-")
    kubelet.loses_node(rootfs, "rootfs")
    eventually(lambda: condition(kube.get("AirshipImage", "worker"), "Built") == ("False", "NodeLost"), "NodeLost")
    build = kube.get("AirshipImage", "worker")["status"]["build"]
    assert build["nextTryAt"]
    assert build["logs"] == f"kubectl logs --namespace default job/{rootfs} --container rootfs"


def test_more_memory_is_taken_up_at_once(
    kube: Kube, kubelet: Kubelet, operator: OperatorProcess, job_of: JobOf
) -> None:
    kube.apply(a_profile(), an_image())
    name = job_of("rootfs-")
    kubelet.fails(name, BuildFailure(phase="rootfs", reason="PackagesFailed", message="no", retryable=False))
    eventually(lambda: condition(kube.get("AirshipImage", "worker"), "Stalled"), "Stalled")
    kube.apply(an_image(builder={"resources": {"limits": {"memory": "8Gi"}}}))

    def tries() -> list[str]:
        """Of the Job of that name, which is deleted and made anew meanwhile."""
        jobs = [job for job in kube.list("Job") if job["metadata"]["name"] == name]
        return [job["metadata"]["annotations"]["airshipit.org/attempt"] for job in jobs]

    eventually(lambda: tries() == ["2"], "the second try")
    container = kube.get("Job", name)["spec"]["template"]["spec"]["containers"][0]
    assert container["resources"] == {"limits": {"memory": "8Gi"}}


def versions(kube: Kube) -> dict[str, str]:
    """The resourceVersion of everything but the Lease."""
    kinds = ("AirshipImage", "NodeProfile", "Job", "ConfigMap", "Pod")
    return {
        f"{kind}/{each['metadata']['name']}": each["metadata"]["resourceVersion"]
        for kind in kinds
        for each in kube.list(kind)
    }
