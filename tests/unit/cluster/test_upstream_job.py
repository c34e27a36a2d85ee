"""What the Job of an upstream builder may see and do: the one exception from the rules of build Jobs."""

from typing import Any

import pytest

from airship_images.cluster.jobs import CaBundle, JobSettings, Proxy, manifest
from airship_images.cluster.observe import observe
from airship_images.plan.actions import StartBuild, UpstreamBuilder
from tests.unit.cluster.test_jobs import IMAGE, an_action, containers, mounts

SETTINGS = JobSettings(
    cache_claim="cache",
    mirror="http://mirror.example/",
    proxy=Proxy(http_proxy="http://proxy:1"),
    ca_bundle=CaBundle(config_map_name="ca"),
    host_users=False,
)


def a_v1_action(kind: Any = "qcow", **changed: Any) -> StartBuild:
    builder = UpstreamBuilder("image-builder:1", kind, "user-data", "network-config")
    return an_action(kind="airship-v1", v1=builder, secret_names=(), **changed)


def pod(job: dict[str, Any]) -> dict[str, Any]:
    spec: dict[str, Any] = job["spec"]["template"]["spec"]
    return spec


def test_the_upstream_builder_runs_unchanged_between_our_own_phases() -> None:
    found = containers(manifest(a_v1_action(), IMAGE, SETTINGS))
    assert list(found) == ["hand-over", "airship-v1", "take-in", "boot", "publish"]
    assert found["airship-v1"]["image"] == "image-builder:1"
    assert "command" not in found["airship-v1"]
    assert "args" not in found["airship-v1"]
    assert {each["image"] for name, each in found.items() if name != "airship-v1"} == {"builder:1"}


def test_it_is_told_what_the_contract_says_and_how_to_reach_the_network() -> None:
    environment = {
        each["name"]: each["value"]
        for each in containers(manifest(a_v1_action(), IMAGE, SETTINGS))["airship-v1"]["env"]
    }
    assert environment == {
        "BUILDER_CONFIG": "/config/builder-config.yaml",
        "IMAGE_TYPE": "qcow",
        "IMAGE": "image-builder:1",
        "USER_DATA_FILE": "user-data",
        "NET_CONFIG_FILE": "network-config",
        "OSCONFIG_FILE": "osconfig-vars.yaml",
        "QCOW_CONFIG_FILE": "qcow-vars.yaml",
        "HTTP_PROXY": "http://proxy:1",
        "http_proxy": "http://proxy:1",
        "SSL_CERT_FILE": "/ca/ca-certificates.crt",
        "PACKAGE_MIRROR": "http://mirror.example/",
    }


@pytest.mark.parametrize("kind", ["qcow", "iso"])
def test_it_sees_one_folder_of_ours_and_neither_inputs_cache_output_nor_secrets(kind: str) -> None:
    job = manifest(a_v1_action(kind), IMAGE, SETTINGS)
    own = [each for each in containers(job)["airship-v1"]["volumeMounts"] if not each["name"].startswith("host-")]
    assert own == [
        {"name": "scratch", "mountPath": "/config", "subPath": "v1"},
        {"name": "ca-bundle", "mountPath": "/ca", "readOnly": True},
    ]
    assert pod(job)["automountServiceAccountToken"] is False


def test_an_iso_needs_no_privilege_and_nothing_of_the_node() -> None:
    job = manifest(a_v1_action("iso"), IMAGE, SETTINGS)
    for container in containers(job).values():
        assert container["securityContext"] == {"privileged": False, "allowPrivilegeEscalation": False}
    assert not any("hostPath" in volume for volume in pod(job)["volumes"])
    assert (pod(job)["affinity"], pod(job)["hostUsers"]) == (None, False)


def test_a_qcow_is_privileged_in_its_one_container_and_alone_on_its_node() -> None:
    job = manifest(a_v1_action("qcow"), IMAGE, SETTINGS)
    privileged = [name for name, each in containers(job).items() if each["securityContext"]["privileged"]]
    assert privileged == ["airship-v1"]
    paths = [volume["hostPath"]["path"] for volume in pod(job)["volumes"] if "hostPath" in volume]
    assert paths == ["/dev", "/lib/modules", "/run/systemd/resolve"]
    assert set(paths) <= set(mounts(job, "airship-v1"))
    assert not any(path in mounts(job, "take-in") for path in paths)
    assert pod(job)["hostUsers"] is None, "a user namespace takes the privilege away"
    (term,) = pod(job)["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    label = term["labelSelector"]["matchLabels"].items()
    assert label <= job["spec"]["template"]["metadata"]["labels"].items()


def test_its_exit_code_is_not_one_of_ours() -> None:
    job = manifest(a_v1_action(), IMAGE, SETTINGS)
    job["metadata"]["uid"] = "job"
    ended = {"type": "Failed", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}
    statuses = [
        {"name": "hand-over", "state": {"terminated": {"exitCode": 0}}},
        {"name": "airship-v1", "state": {"terminated": {"exitCode": 2, "message": "fatal: no nbd"}}},
    ]
    found = observe(
        {**job, "status": {"conditions": [ended]}},
        [
            {
                "metadata": {"uid": "pod", "ownerReferences": [{"uid": "job"}]},
                "status": {"initContainerStatuses": statuses},
            }
        ],
        {},
    )
    assert found.failure is not None
    assert (found.failure.phase, found.failure.reason, found.failure.retryable) == ("airship-v1", "ToolFailed", True)
    assert "exit code 2" in found.failure.message
