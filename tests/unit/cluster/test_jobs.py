"""What a build Job may see and do."""

from datetime import timedelta
from typing import Any

import pytest

from airship_images.api.airshipimage import Resources
from airship_images.cluster.jobs import CaBundle, JobSettings, Proxy, manifest
from airship_images.plan.actions import StartBuild
from airship_images.plan.state import Identity

IMAGE = Identity("default", "worker", "uid-of-worker", 1, "7")
SETTINGS = JobSettings(cache_claim="cache")
ROOTFS_HASH, BUILD_HASH = "a" * 64, "b" * 64


def an_action(**changed: Any) -> StartBuild:
    fields: dict[str, Any] = {
        "kind": "image",
        "name": "worker-bbbbbbbbbb",
        "rootfs_hash": ROOTFS_HASH,
        "build_hash": BUILD_HASH,
        "attempt": 2,
        "builder_image": "builder:1",
        "v1": None,
        "timeout": timedelta(minutes=30),
        "keep_finished": timedelta(hours=1),
        "resources": None,
        "node_selector": {"disk": "fast"},
        "output_claim": "output",
        "secret_names": ("one", "two"),
        "pull_secret_names": ("registry",),
        "verify_boot": True,
    }
    return StartBuild(**{**fields, **changed})


def a_rootfs_action() -> StartBuild:
    return an_action(kind="rootfs", name="rootfs-aaaaaaaaaa", build_hash=None)


def a_source_action(**changed: Any) -> StartBuild:
    nothing: dict[str, Any] = {"rootfs_hash": "", "output_claim": None, "secret_names": (), "pull_secret_names": ()}
    return an_action(**{"kind": "source", **nothing, **changed})


def containers(job: dict[str, Any]) -> dict[str, dict[str, Any]]:
    pod = job["spec"]["template"]["spec"]
    return {each["name"]: each for each in (*pod["initContainers"], *pod["containers"])}


def mounts(job: dict[str, Any], phase: str) -> dict[str, bool]:
    """Path → may it be written?"""
    return {each["mountPath"]: not each.get("readOnly") for each in containers(job)[phase]["volumeMounts"]}


def test_the_phases_are_init_containers_but_for_the_last_one() -> None:
    pods = [manifest(each, IMAGE, SETTINGS)["spec"]["template"]["spec"] for each in (a_rootfs_action(), an_action())]
    names = [
        ([each["name"] for each in pod["initContainers"]], [each["name"] for each in pod["containers"]]) for pod in pods
    ]
    assert names == [(["fetch", "rootfs"], ["commit"]), (["disk", "configure", "boot"], ["publish"])]


def test_an_image_that_need_not_boot_has_no_such_container() -> None:
    assert list(containers(manifest(an_action(verify_boot=False), IMAGE, SETTINGS))) == ["disk", "configure", "publish"]


def test_code_of_others_sees_the_cache_read_only_and_never_the_output() -> None:
    for job, phase in ((a_rootfs_action(), "rootfs"), (an_action(), "configure")):
        seen = mounts(manifest(job, IMAGE, SETTINGS), phase)
        assert seen["/cache"] is False
        assert "/output" not in seen


def test_what_was_built_elsewhere_is_fetched_into_the_cache_and_booted_where_it_sees_nothing_of_ours() -> None:
    job = manifest(a_source_action(), IMAGE, SETTINGS)
    assert {phase: mounts(job, phase) for phase in containers(job)} == {
        "fetch-image": {"/inputs": False, "/scratch": True, "/cache": True},
        "boot": {"/inputs": False, "/scratch": True},
    }
    assert [each["name"] for each in job["spec"]["template"]["spec"]["volumes"]] == ["inputs", "scratch", "cache"]
    assert containers(job)["boot"]["args"] == ["--request", "/inputs/source.yaml"]


def test_only_publish_writes_the_output() -> None:
    job = manifest(an_action(), IMAGE, SETTINGS)
    assert {phase: mounts(job, phase).get("/output") for phase in containers(job)} == {
        "disk": False,
        "configure": None,
        "boot": None,
        "publish": True,
    }


def test_secrets_are_mounted_where_they_are_used_and_where_the_image_may_print_them() -> None:
    job = manifest(an_action(), IMAGE, SETTINGS)
    for phase in containers(job):
        secrets = {path for path in mounts(job, phase) if path.startswith("/secrets")}
        assert secrets == ({"/secrets/one", "/secrets/two"} if phase in {"configure", "boot"} else set())


def test_a_registry_s_credentials_are_mounted_where_artifacts_are_pulled_and_nowhere_else() -> None:
    job = manifest(an_action(), IMAGE, SETTINGS)
    seen = {phase: "/pull-secrets/registry" in mounts(job, phase) for phase in containers(job)}
    assert [phase for phase in seen if seen[phase]] == ["disk"]
    (volume,) = [one for one in job["spec"]["template"]["spec"]["volumes"] if one["name"] == "pull-secret-0"]
    assert volume["secret"]["items"] == [{"key": ".dockerconfigjson", "path": ".dockerconfigjson"}]


def test_a_job_is_not_privileged_and_has_no_token_and_no_host_path() -> None:
    for action in (a_rootfs_action(), an_action(), a_source_action()):
        job = manifest(action, IMAGE, SETTINGS)
        pod = job["spec"]["template"]["spec"]
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"] == {"seccompProfile": {"type": "RuntimeDefault"}}
        assert not any("hostPath" in volume for volume in pod["volumes"])
        for container in containers(job).values():
            assert container["securityContext"] == {"privileged": False, "allowPrivilegeEscalation": False}


def test_the_job_controller_retries_nothing_and_ends_what_takes_too_long() -> None:
    spec = manifest(an_action(), IMAGE, SETTINGS)["spec"]
    assert spec["backoffLimit"] == 0
    assert spec["template"]["spec"]["restartPolicy"] == "Never"
    assert spec["activeDeadlineSeconds"] == 1800
    assert spec["ttlSecondsAfterFinished"] == 3600


def test_the_job_of_an_image_is_its_own_and_that_of_a_root_filesystem_nobodys() -> None:
    (owner,) = manifest(an_action(), IMAGE, SETTINGS)["metadata"]["ownerReferences"]
    assert (owner["kind"], owner["uid"], owner["controller"]) == ("AirshipImage", "uid-of-worker", True)
    shared = manifest(a_rootfs_action(), IMAGE, SETTINGS)["metadata"]
    assert "ownerReferences" not in shared
    assert "airshipit.org/image" not in shared["labels"]


def test_a_job_says_which_try_it_is() -> None:
    assert manifest(an_action(), IMAGE, SETTINGS)["metadata"]["annotations"] == {"airshipit.org/attempt": "2"}


def test_mirror_proxies_and_authorities_reach_only_our_own_phases_that_download() -> None:
    settings = JobSettings(
        cache_claim="cache",
        mirror="http://mirror.example/",
        proxy=Proxy(http_proxy="http://p:1"),
        ca_bundle=CaBundle(config_map_name="authorities", key="bundle.pem"),
    )
    jobs = [manifest(action, IMAGE, settings) for action in (a_rootfs_action(), an_action())]
    found = containers(jobs[0]) | containers(jobs[1])
    assert found["fetch"]["args"][-2:] == ["--mirror", "http://mirror.example/"]
    assert [phase for phase in found if "--mirror" in found[phase]["args"]] == ["fetch"]
    names = {phase: {each["name"] for each in found[phase]["env"]} for phase in found}
    downloads = {"TMPDIR", "HTTP_PROXY", "http_proxy", "SSL_CERT_FILE"}
    assert names == {phase: downloads if phase in ("fetch", "disk") else {"TMPDIR"} for phase in found}
    for job, phase in zip(jobs, ("fetch", "disk"), strict=True):
        assert [each for each in containers(job) if "/ca" in mounts(job, each)] == [phase]
        assert mounts(job, phase)["/ca"] is False
        (volume,) = [each for each in job["spec"]["template"]["spec"]["volumes"] if each["name"] == "ca-bundle"]
        items = [{"key": "bundle.pem", "path": "ca-certificates.crt"}]
        assert volume["configMap"] == {"name": "authorities", "items": items}


def test_the_limit_of_the_cache_reaches_the_phases_that_write_to_it() -> None:
    settings = JobSettings(cache_claim="cache", cache_limit="7Gi")
    found = {
        phase
        for action in (a_rootfs_action(), an_action())
        for phase, each in containers(manifest(action, IMAGE, settings)).items()
        if "--cache-limit 7Gi" in " ".join(each["args"])
    }
    assert found == {"fetch", "commit", "disk"}


def test_resources_of_the_image_win_over_those_of_the_settings() -> None:
    settings = JobSettings(cache_claim="cache", resources=Resources(limits={"memory": "4Gi"}))
    asked = Resources(requests={"cpu": "2"})
    assert containers(manifest(an_action(), IMAGE, settings))["boot"]["resources"] == {"limits": {"memory": "4Gi"}}
    own = manifest(an_action(resources=asked), IMAGE, settings)
    assert containers(own)["boot"]["resources"] == {"requests": {"cpu": "2"}}


@pytest.mark.parametrize(("host_users", "found"), [(True, None), (False, False)])
def test_user_namespaces_are_a_setting(*, host_users: bool, found: bool | None) -> None:
    settings = JobSettings(cache_claim="cache", host_users=host_users)
    assert manifest(an_action(), IMAGE, settings)["spec"]["template"]["spec"]["hostUsers"] is found
