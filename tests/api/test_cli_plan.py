"""What `airship-images plan` says of a cluster, and that it leaves the cluster as it was."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from airship_images.cli.main import run
from tests.api.documents import a_config_map, a_profile, an_image, condition, used_by
from tests.api.kube import Kube, eventually
from tests.api.kubelet import Kubelet
from tests.api.operator_process import OperatorProcess

Planned = Callable[..., dict[str, Any]]


@pytest.fixture
def planned(kube: Kube, capsys: pytest.CaptureFixture[str]) -> Planned:
    """The document that the command writes; it writes nothing else anywhere."""

    def call(*arguments: str) -> dict[str, Any]:
        before = kube.writes()
        capsys.readouterr()
        assert run(["plan", *arguments, "--kubeconfig", str(kube.kubeconfig), "-o", "json"]) == 0
        assert kube.writes() == before
        return dict(json.loads(capsys.readouterr().out))

    return call


def test_a_change_is_explained_before_it_is_applied(
    kubelet: Kubelet,
    operator: OperatorProcess,
    job_of: Callable[[str], str],
    planned: Planned,
    tmp_path: Path,
) -> None:
    kube = kubelet.kube
    kube.apply(an_image(), a_profile())
    kubelet.finishes_rootfs(job_of("rootfs-"))
    kubelet.finishes_image(job_of("worker-"))
    eventually(lambda: condition(kube.get("AirshipImage", "worker"), "Ready") == ("True", "Ready"), "Ready")
    eventually(lambda: used_by(kube.get("NodeProfile", "base")) == ["worker"], "who uses the profile")
    kube.rests()

    as_it_is = planned("--image", "default/worker")
    assert (as_it_is["build"], as_it_is["next"]) == (None, [])

    changed = a_profile(system={"banners": {"login": "welcome"}})
    (tmp_path / "site.yaml").write_text(yaml.safe_dump_all([changed, an_image()]))
    ahead = planned(str(tmp_path), "--image", "worker", "--cluster")
    assert "system.banners was set in NodeProfile/base" in ahead["build"]
    assert "disk are in the cache" in ahead["build"]
    assert ahead["next"][-1].startswith("start Job worker-")

    kube.apply(changed)

    def told() -> str:
        status = kube.get("AirshipImage", "worker")["status"]
        return str((status.get("plan") or {}).get("build", ""))

    eventually(lambda: "system.banners was set in NodeProfile/base" in told(), "the same in status")
    assert told() == ahead["build"]


def test_new_profiles_and_a_changed_configmap_are_planned_as_they_are_once_they_are_applied(
    kube: Kube, planned: Planned, tmp_path: Path
) -> None:
    kube.apply(a_config_map("site", conf="one"))
    content_from = {"configMapName": "site", "key": "conf"}
    software = {"distribution": "debian", "suite": "bookworm", "packages": ["vim"]}
    documents = [
        a_config_map("site", conf="two"),
        a_profile(software=software, system={"files": [{"name": "/etc/site.conf", "content_from": content_from}]}),
        a_profile("more", software={"packages": ["curl"]}, kernel={}),
        an_image(profiles=[{"name": "base"}, {"name": "more"}]),
    ]
    (tmp_path / "site.yaml").write_text(yaml.safe_dump_all(documents))
    ahead = planned(str(tmp_path), "--cluster")
    assert "vim" in json.dumps(ahead["variables"])
    assert "curl" in json.dumps(ahead["variables"])

    kube.apply(*documents)
    applied = planned("--image", "default/worker")
    assert (ahead["buildHash"], ahead["variables"]) == (applied["buildHash"], applied["variables"])

    kube.apply(a_config_map("site", conf="one"))
    assert planned("--image", "default/worker")["buildHash"] != applied["buildHash"]
    assert planned(str(tmp_path), "--cluster")["buildHash"] == applied["buildHash"]


def test_an_image_that_is_not_there_is_an_error_of_the_input(kube: Kube) -> None:
    assert run(["plan", "--image", "default/nobody", "--kubeconfig", str(kube.kubeconfig)]) == 2
