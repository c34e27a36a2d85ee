"""What `airship-images plan` says of a cluster, and that it leaves the cluster as it was."""

import json
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from airship_images.cli.main import run
from tests.api.documents import a_profile, an_image, condition
from tests.api.kube import Kube, eventually
from tests.api.kubelet import Kubelet
from tests.api.operator_process import OperatorProcess

Planned = Callable[..., dict[str, Any]]
QUIET_SECONDS = 3.0


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
    kube.apply(a_profile(), an_image())
    kubelet.finishes_rootfs(job_of("rootfs-"))
    kubelet.finishes_image(job_of("worker-"))
    eventually(lambda: condition(kube.get("AirshipImage", "worker"), "Ready") == ("True", "Ready"), "Ready")
    eventually(partial(is_quiet, kube), "the operator writes nothing more")

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


def is_quiet(kube: Kube) -> bool:
    """Was nothing written for a while? The catalogue is a moment later than the image."""
    before = kube.writes()
    time.sleep(QUIET_SECONDS)
    return kube.writes() == before


def test_an_image_that_is_not_there_is_an_error_of_the_input(kube: Kube) -> None:
    assert run(["plan", "--image", "default/nobody", "--kubeconfig", str(kube.kubeconfig)]) == 2
