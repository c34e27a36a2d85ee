"""What the Job that removes artifacts may see and do."""

from airship_images.cluster.jobs import CaBundle, JobSettings, Proxy
from airship_images.cluster.observe import observe
from airship_images.cluster.removal_job import removal_manifest
from airship_images.plan.actions import RemoveArtifacts

SETTINGS = JobSettings(
    cache_claim="cache",
    mirror="http://mirror.example/",
    proxy=Proxy(http_proxy="http://proxy.example:3128"),
    ca_bundle=CaBundle(config_map_name="authorities"),
)
ACTION = RemoveArtifacts(
    name="prune-0123456789",
    image="worker",
    digests=("a" * 64, "b" * 64),
    before="2026-03-01T12:00:00Z",
    builder_image="builder:1",
    output_claim="output",
    resources=None,
    node_selector={"disk": "fast"},
)
JOB = removal_manifest(ACTION, SETTINGS)
POD = JOB["spec"]["template"]["spec"]


def test_it_sees_the_store_and_can_write_nothing_else() -> None:
    (container,) = POD["containers"]
    assert "initContainers" not in POD
    assert POD["volumes"] == [{"name": "output", "persistentVolumeClaim": {"claimName": "output"}}]
    assert container["volumeMounts"] == [{"name": "output", "mountPath": "/output"}]
    assert container["securityContext"] == {
        "privileged": False,
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert (POD["automountServiceAccountToken"], POD["restartPolicy"]) == (False, "Never")
    assert "env" not in container


def test_it_is_told_which_digests_of_which_image_and_until_when() -> None:
    (container,) = POD["containers"]
    assert container["command"][-1] == "prune-output"
    assert container["args"][:2] == ["a" * 64, "b" * 64]
    assert container["args"][2:] == ["--image", "worker", "--before", "2026-03-01T12:00:00Z", "--output", "/output"]


def test_it_belongs_to_nobody_since_it_outlives_an_image_that_is_deleted() -> None:
    assert "ownerReferences" not in JOB["metadata"]
    assert JOB["spec"]["backoffLimit"] == 0


def test_a_job_that_ended_without_saying_what_it_removed_has_failed() -> None:
    ended = {"type": "Complete", "status": "True", "lastTransitionTime": "2026-03-01T12:00:00Z"}
    raw = {**JOB, "metadata": {**JOB["metadata"], "uid": "uid"}, "status": {"conditions": [ended]}}
    assert observe(raw, [], {}).outcome == "failed"
