"""The catalogue of a namespace on a real API server, and what kustomize makes of it."""

import time
from collections.abc import Callable
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
import yaml

from airship_images.cli.main import run
from hack.cluster import locations
from tests.api.documents import a_config_map, a_profile, an_image, condition
from tests.api.kube import Json, Kube, eventually
from tests.api.kubelet import Kubelet
from tests.api.operator_process import OperatorProcess

EXAMPLE = locations.REPOSITORY / "examples" / "catalogue"
CATALOGUE = "airship-images-catalogue"
SETTLED = 2
"""Seconds in which the operator has long looked at what changed."""

JobOf = Callable[[str], str]


def document(kube: Kube) -> Any:
    found = kube.find("ConfigMap", CATALOGUE)
    return yaml.safe_load(found["data"]["versions.yaml"]) if found else None


def named(kube: Kube) -> dict[str, str]:
    """The checksum of each image in the catalogue."""
    found = document(kube) or {"spec": {"files": {"images": {}}}}
    return {name: each["checksum"] for name, each in found["spec"]["files"]["images"].items()}


def blocked(kube: Kube) -> tuple[str, str] | None:
    return condition(kube.get("AirshipImage", "one"), "CatalogueBlocked")


def publish(kubelet: Kubelet, job_of: JobOf, name: str, content: bytes) -> str:
    """An image of this name, built and in the catalogue; its digest."""
    kubelet.kube.apply(a_profile(), an_image(name))
    rootfs = job_of("rootfs-")
    if rootfs in kubelet.kube.running_jobs():
        kubelet.finishes_rootfs(rootfs)
    digest = kubelet.finishes_image(job_of(f"{name}-"), content)
    eventually(lambda: named(kubelet.kube).get(name) == digest, f"{name} in the catalogue")
    return digest


def version(kube: Kube) -> str:
    return str(kube.get("ConfigMap", CATALOGUE)["metadata"]["resourceVersion"])


def test_images_of_a_namespace_share_a_catalogue_and_none_disturbs_the_others(
    kube: Kube, kubelet: Kubelet, operator: OperatorProcess, job_of: JobOf
) -> None:
    one = publish(kubelet, job_of, "one", b"first")
    two = publish(kubelet, job_of, "two", b"second")
    assert named(kube) == {"one": one, "two": two}
    assert document(kube)["spec"]["profiles"] == {"base": ["one", "two"]}
    url = kube.get("AirshipImage", "one")["status"]["image"]["url"]
    assert document(kube)["spec"]["files"]["images"]["one"]["url"] == url

    before = version(kube)
    kube.patch("AirshipImage", "one", {"metadata": {"labels": {"touched": "yes"}}})
    time.sleep(SETTLED)
    assert version(kube) == before, "written, though nothing that it says has changed"


def test_an_artifact_that_stays_is_named_when_its_image_is_gone(
    kube: Kube, kubelet: Kubelet, operator: OperatorProcess, job_of: JobOf
) -> None:
    one = publish(kubelet, job_of, "one", b"first")
    kube.delete("AirshipImage", "one")
    two = publish(kubelet, job_of, "two", b"second")
    assert named(kube) == {"one": one, "two": two}


def test_what_another_one_added_to_the_config_map_stays(
    kube: Kube, kubelet: Kubelet, operator: OperatorProcess, job_of: JobOf
) -> None:
    one = publish(kubelet, job_of, "one", b"first")
    kube.patch("ConfigMap", CATALOGUE, {"metadata": {"labels": {"theirs": "yes"}}, "data": {"theirs": "text"}})
    two = publish(kubelet, job_of, "two", b"second")
    assert named(kube) == {"one": one, "two": two}
    found = kube.get("ConfigMap", CATALOGUE)
    assert (found["metadata"]["labels"]["theirs"], found["data"]["theirs"]) == ("yes", "text")


def test_a_config_map_that_is_not_ours_is_left_alone_and_its_end_is_taken_up(
    kube: Kube, kubelet: Kubelet, operator: OperatorProcess, job_of: JobOf
) -> None:
    kube.apply(a_config_map(CATALOGUE, mine="text"))
    kube.apply(a_profile(), an_image("one"))
    kubelet.finishes_rootfs(job_of("rootfs-"))
    digest = kubelet.finishes_image(job_of("one-"), b"first")
    eventually(lambda: blocked(kube) == ("True", "CatalogueTaken"), "a word")
    eventually(lambda: [each["type"] for each in kube.list("Event") if each["reason"] == "CatalogueTaken"], "an event")
    assert condition(kube.get("AirshipImage", "one"), "Ready") == ("True", "Ready")
    assert kube.get("ConfigMap", CATALOGUE)["data"] == {"mine": "text"}
    kube.delete("ConfigMap", CATALOGUE)
    eventually(lambda: named(kube) == {"one": digest}, "the catalogue")
    eventually(lambda: blocked(kube) is None, "nothing is left to say")


def test_the_catalogue_carries_a_new_image_into_machines_and_hosts(
    kubelet: Kubelet,
    operator: OperatorProcess,
    job_of: JobOf,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    kube = kubelet.kube
    site = copytree(EXAMPLE, tmp_path / "site")
    publish(kubelet, job_of, "worker", b"first")
    before = kustomized(kube, site, capsys)
    assert before["BareMetalHost"]["spec"]["image"]["url"].endswith("/worker.qcow2")

    kube.apply(a_profile(system={"banners": {"login": "welcome"}}))
    newer = eventually(kube.running_jobs, "a Job for the change")
    digest = kubelet.finishes_image(newer[0], b"second")
    eventually(lambda: named(kube) == {"worker": digest}, "the new image in the catalogue")
    after = kustomized(kube, site, capsys)
    url = kube.get("AirshipImage", "worker")["status"]["image"]["url"]
    assert after["BareMetalHost"]["spec"]["image"] == {
        "url": url,
        "checksum": digest,
        "checksumType": "sha256",
        "format": "qcow2",
    }
    assert after["Metal3MachineTemplate"]["spec"]["template"]["spec"]["image"] == {
        "url": url,
        "checksum": digest,
        "checksumType": "sha256",
        "diskFormat": "qcow2",
    }
    assert set(after) == {"BareMetalHost", "Metal3MachineTemplate"}, "the catalogue itself is not for a cluster"


def kustomized(kube: Kube, site: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Json]:
    """What `kubectl kustomize` makes of the site with the cluster's catalogue in it, by kind."""
    capsys.readouterr()
    assert run(["catalogue", "--namespace", "default", "--kubeconfig", str(kube.kubeconfig)]) == 0
    (site / "versions.yaml").write_text(capsys.readouterr().out)
    return {each["kind"]: each for each in yaml.safe_load_all(kube.kubectl("kustomize", str(site)))}


def test_the_example_shows_what_the_command_writes(kube: Kube) -> None:
    documents = list(yaml.safe_load_all(kube.kubectl("kustomize", str(EXAMPLE))))
    versions = yaml.safe_load((EXAMPLE / "versions.yaml").read_text())
    image = versions["spec"]["files"]["images"]["worker"]
    (host,) = (each for each in documents if each["kind"] == "BareMetalHost")
    assert host["spec"]["image"] == image
    assert len(documents) == 2


def test_a_namespace_without_published_images_has_no_catalogue(kube: Kube, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["catalogue", "--namespace", "default", "--kubeconfig", str(kube.kubeconfig)]) == 2
    assert CATALOGUE in capsys.readouterr().err
