"""Do the examples become an image, built by Jobs that may do nothing, whatever happens to the operator?"""

import json

import pytest

from airship_images.cluster.labels import INPUTS
from hack.cluster.cluster import kubectl
from hack.demo import progress
from hack.demo.demo import IMAGE
from hack.demo.trouble import OURS
from tests.cluster.kube import IN_NAMESPACE, Json, items
from tests.cluster.story import Story, job_uids

pytestmark = pytest.mark.timeout(5400)

FOREIGN_CODE = ("rootfs", "configure")
GROUPS = {"jobs": "batch", "baremetalhosts": "metal3.io"}


def build_pods() -> list[Json]:
    return items("pods", OURS)


def containers(pod: Json) -> list[Json]:
    return [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]


def mounts(container: Json) -> dict[str, bool]:
    """Path → whether it can be written."""
    return {mount["mountPath"]: not mount.get("readOnly", False) for mount in container["volumeMounts"]}


def test_the_image_gets_ready_with_everything_a_host_needs_to_know(story: Story) -> None:
    image = progress.get(IMAGE)
    artifact = image["status"]["image"]
    assert artifact["url"] == f"http://10.244.255.1:30080/{artifact['checksum']}/worker.qcow2"
    assert (artifact["checksumType"], artifact["format"]) == ("sha256", "qcow2")
    for stage in ("InputsReady", "Built", "Verified", "Published", "Ready"):
        assert progress.holds(image, stage), stage
    assert not progress.holds(image, "Reconciling") and not progress.holds(image, "Stalled")


def test_the_operator_died_in_the_middle_and_no_job_was_made_twice(story: Story) -> None:
    now = job_uids()
    assert story.jobs_at_death, "the operator was to die while a Job ran"
    assert all(now.get(attempt, uid) == uid for attempt, uid in story.jobs_at_death.items())
    assert story.jobs_at_death.keys() <= now.keys() or failures_told(), "made again without a failure that was told"
    assert sorted(name.rpartition("-")[0] for name, _ in now) == ["rootfs", IMAGE]


def failures_told() -> list[Json]:
    """Events that warn of the image, as of a mirror that did not answer."""
    return [each for each in items("events") if (each["type"], each["involvedObject"]["name"]) == ("Warning", IMAGE)]


def test_each_job_ran_one_pod_through_its_phases_in_order(story: Story) -> None:
    phases = {pod["metadata"]["labels"]["job-name"].rpartition("-")[0]: containers(pod) for pod in build_pods()}
    assert len(build_pods()) == 2
    assert [container["name"] for container in phases["rootfs"]] == ["fetch", "rootfs", "commit"]
    assert [container["name"] for container in phases[IMAGE]] == ["disk", "configure", "boot", "publish"]


def test_no_build_container_has_a_right_on_its_node_or_the_api(story: Story) -> None:
    for pod in build_pods():
        spec = pod["spec"]
        assert spec["automountServiceAccountToken"] is False
        assert not any(spec.get(name) for name in ("hostNetwork", "hostPID", "hostIPC"))
        assert not [volume for volume in spec["volumes"] if {"hostPath", "projected"} & volume.keys()]
        for container in containers(pod):
            security = container.get("securityContext", {})
            assert not security.get("privileged"), container["name"]
            assert not security.get("capabilities", {}).get("add"), container["name"]


def test_publish_alone_writes_the_output_and_code_of_others_sees_none_and_writes_no_cache(story: Story) -> None:
    for pod in build_pods():
        for container in containers(pod):
            seen, name = mounts(container), container["name"]
            assert seen.get("/output", False) == (name == "publish"), name
            if name in FOREIGN_CODE:
                assert "/output" not in seen, name
                assert not seen.get("/cache", False), name


def test_the_inputs_of_the_builds_cannot_be_changed(story: Story) -> None:
    inputs = items("configmaps", INPUTS)
    assert {each["metadata"]["name"] for each in inputs} == {name for name, _ in job_uids()}
    assert all(each["immutable"] for each in inputs)


def test_no_right_was_missing_and_no_secret_is_within_reach(story: Story) -> None:
    log = kubectl("logs", "deployment/airship-images", IN_NAMESPACE, "--tail=-1")
    assert "forbidden" not in log.lower()
    assert operator_may("list", "jobs")
    assert not operator_may("get", "secrets")
    assert not operator_may("delete", "baremetalhosts")


def operator_may(verb: str, resource: str) -> bool:
    """What the API server's authorizer says of the operator's account."""
    attributes = {"namespace": "airship-images", "verb": verb, "resource": resource, "group": GROUPS.get(resource, "")}
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {"user": "system:serviceaccount:airship-images:airship-images", "resourceAttributes": attributes},
    }
    answer = json.loads(kubectl("create", "--output=json", "--filename=-", text=json.dumps(review)))
    return bool(answer["status"]["allowed"])
