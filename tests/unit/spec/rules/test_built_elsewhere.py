from typing import Any

import pytest

from airship_images.api.airshipimage import AirshipImage
from airship_images.api.errors import SpecError
from airship_images.spec import prepare, sourced
from tests.unit.spec.nodes import a_profile

SHA256 = "ab" * 32
SOURCE = {"url": "https://mirror.example/os/debian.qcow2", "sha256": SHA256}


def a_sourced_image(kind: str = "qcow2", image: dict[str, Any] | None = None, **spec: Any) -> AirshipImage:
    return of_spec(image={"type": kind, "source": SOURCE, **(image or {})}, **spec)


def of_spec(**spec: Any) -> AirshipImage:
    metadata = {"name": "worker"}
    return AirshipImage.model_validate(
        {"apiVersion": "airshipit.org/v1alpha1", "kind": "AirshipImage", "metadata": metadata, "spec": spec}
    )


def refused(image: AirshipImage) -> list[str]:
    """The paths that are refused."""
    assert image.spec.image.source
    try:
        sourced(image, image.spec.image.source)
    except SpecError as error:
        return [finding.path for finding in error.findings]
    return []


def test_an_image_of_a_url_and_a_checksum_needs_nothing_else() -> None:
    assert refused(a_sourced_image()) == []


@pytest.mark.parametrize(
    ("spec", "path"),
    [
        ({"profiles": [{"name": "base"}]}, "profiles"),
        ({"params": {"kernel": {"kernel_base_pkg": "linux-image-amd64"}}}, "params"),
        ({"image": {"outputFileName": "a.qcow2"}}, "image.outputFileName"),
        ({"builder": {"timeout": "5m"}}, "builder"),
        ({"output": {"pvc": {"claimName": "a", "baseURL": "http://a.example/"}}}, "output"),
        ({"schedule": {"cron": "0 0 * * *"}}, "schedule"),
        ({"verify": {"firmware": ["uefi"]}}, "verify"),
        ({"verify": {"boot": False, "timeout": "5m"}}, "verify"),
        ({"rollout": {"window": {"cron": "nonsense", "duration": "1h"}}}, "rollout.window.cron"),
    ],
)
def test_what_only_a_build_could_give_is_refused(spec: dict[str, Any], path: str) -> None:
    assert refused(a_sourced_image(**spec)) == [f"AirshipImage/worker: spec.{path}"]


@pytest.mark.parametrize("verify", [None, {}, {"boot": False}, {"boot": True}, {"boot": True, "firmware": ["uefi"]}])
def test_a_boot_test_may_be_asked_for_or_not(verify: dict[str, Any] | None) -> None:
    assert refused(a_sourced_image(verify=verify)) == []


def test_beside_a_boot_test_the_builder_may_say_how_its_job_runs_and_not_what_it_builds() -> None:
    of_job = {"image": "builder:2", "timeout": "5m", "resources": {"limits": {"cpu": "1"}}, "nodeSelector": {"a": "b"}}
    assert refused(a_sourced_image(verify={"boot": True}, builder=of_job)) == []
    of_build = dict.fromkeys(("userDataFileName", "networkConfigFileName", "outputMetadataFileName"), "a")
    found = refused(a_sourced_image(verify={"boot": True}, builder={**of_job, **of_build, "engine": "native"}))
    assert found == [f"AirshipImage/worker: spec.builder.{name}" for name in ("engine", *of_build)]


def test_what_nothing_starts_is_not_booted_wherever_it_was_built() -> None:
    image = {"source": {**SOURCE, "url": "https://mirror.example/os.tar.zst"}}
    assert refused(a_sourced_image("rootfs", image, verify={"boot": True})) == ["AirshipImage/worker: spec.verify.boot"]


def test_a_name_of_another_format_is_refused() -> None:
    assert refused(a_sourced_image("raw")) == ["AirshipImage/worker: spec.image.source.url"]


@pytest.mark.parametrize(
    ("url", "paths"),
    [
        (f"https://mirror.example/{SHA256}/live.iso", []),
        ("https://mirror.example/live.iso", ["AirshipImage/worker: spec.image.source.url"]),
    ],
)
def test_a_live_iso_has_its_digest_in_its_url_for_no_host_knows_its_checksum(url: str, paths: list[str]) -> None:
    assert refused(a_sourced_image("iso", {"source": {"url": url, "sha256": SHA256}})) == paths


@pytest.mark.parametrize(
    ("spec", "path"),
    [
        ({"image": {"type": "qcow2", "outputFileName": "a.qcow2"}}, "profiles"),
        ({"profiles": [{"name": "base"}], "image": {"type": "qcow2"}}, "image.outputFileName"),
    ],
)
def test_without_a_source_there_must_be_something_to_build(spec: dict[str, Any], path: str) -> None:
    with pytest.raises(SpecError) as caught:
        prepare(of_spec(**spec), {"base": a_profile()})
    first = caught.value.findings[0]
    assert first.path == f"AirshipImage/worker: spec.{path}"
    assert "image.source" in first.expected
