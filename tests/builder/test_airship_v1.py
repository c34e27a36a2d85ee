"""An upstream builder's image is taken in when it is what its builder says, and published as any other."""

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from airship_builder import toolsroot
from airship_images.cluster.jobs import JobSettings, manifest
from airship_images.plan.actions import StartBuild
from airship_images.plan.plan import plan
from airship_images.spec import Prepared
from tests.builder.workbench import Workbench
from tests.unit.plan.states import a_profile
from tests.unit.plan.test_airship_v1 import a_v1_state

ENTRYPOINT = Path(__file__).with_name("upstream") / "entrypoint.sh"
BANNER = "made by an upstream builder"


def a_request(bench: Workbench, image: dict[str, str], **areas: Any) -> dict[str, Any]:
    """Write the request of an image; gives the container of its builder, as the Job has it."""
    profile = a_profile(software={}, kernel={}, storage={"qcow_capacity": "2G"}, **areas)
    state = a_v1_state(profile=profile, image=image, verify={"boot": False})
    (started,) = (each for each in plan(state).actions if isinstance(each, StartBuild))
    assert isinstance(state.inputs, Prepared)
    for name, text in state.inputs.image_files.items():
        (bench.request / name).write_text(text)
    job = manifest(started, state.identity, JobSettings(cache_claim="cache"))
    pod = job["spec"]["template"]["spec"]
    return next(each for each in pod["initContainers"] if each["name"] == "airship-v1")


def run_upstream(bench: Workbench, container: dict[str, Any], **more: str) -> None:
    """Run the small builder with what its container has: its environment, and the one folder."""
    (mount,) = (each for each in container["volumeMounts"] if each["name"] == "scratch")
    environment = {each["name"]: each["value"] for each in container["env"]} | more
    binds = {bench.scratch / mount["subPath"]: mount["mountPath"], ENTRYPOINT.parent: "/opt"}
    argv = ["env", *(f"{name}={value}" for name, value in environment.items()), "/opt/entrypoint.sh"]
    done = subprocess.run(
        toolsroot.command(bench.root, argv, binds), capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr


def published(bench: Workbench) -> Path:
    done = bench.build("take-in", "publish")
    assert done.returncode == 0, done.stderr[-3000:]
    return bench.output / str(bench.ended["path"])


def test_a_qcow_of_an_unchanged_builder_is_published_under_its_own_digest(bench: Workbench) -> None:
    container = a_request(
        bench, {"type": "qcow2", "outputFileName": "worker.qcow2"}, system={"banners": {"motd": BANNER}}
    )
    assert bench.build("hand-over").returncode == 0
    run_upstream(bench, container)
    image = published(bench)
    assert hashlib.sha256(image.read_bytes()).hexdigest() == image.parent.name == bench.ended["digest"]
    raw = bench.run(
        "qemu-img", "dd", "-O", "raw", "bs=512", "count=1", f"if=/output/{bench.ended['path']}", "of=/scratch/head"
    )
    assert raw.returncode == 0, raw.stderr
    assert (bench.scratch / "head").read_bytes().startswith(BANNER.encode())
    told = yaml.safe_load((image.parent / "output-metadata.yaml").read_text())
    assert (told["bootImagePath"], told["sha256sum"]) == (bench.ended["path"], bench.ended["digest"])
    assert bench.ended["virtualSize"] == 2 << 30


def test_an_iso_gets_the_user_data_of_the_profile(bench: Workbench) -> None:
    data = {"user_data": "#cloud-config\nhostname: live\n", "network_config": json.dumps({"links": []})}
    container = a_request(bench, {"type": "iso", "outputFileName": "live.iso"}, cloudInit=data)
    assert bench.build("hand-over").returncode == 0
    run_upstream(bench, container)
    published(bench)
    shown = bench.run(
        "xorriso",
        "-osirrox",
        "on",
        "-indev",
        f"/output/{bench.ended['path']}",
        "-extract",
        "/user_data",
        "/scratch/user_data",
    )
    assert shown.returncode == 0, shown.stderr
    assert (bench.scratch / "user_data").read_text() == data["user_data"]


def test_bytes_that_are_not_those_of_the_builder_s_checksum_are_not_published(bench: Workbench) -> None:
    container = a_request(bench, {"type": "qcow2", "outputFileName": "worker.qcow2"})
    assert bench.build("hand-over").returncode == 0
    run_upstream(bench, container, MD5SUM="0" * 32)
    assert bench.build("take-in", "publish").returncode == 3
    assert (bench.ended["phase"], bench.ended["reason"]) == ("take-in", "ToolFailed")
    assert "has the MD5" in bench.ended["message"]
    assert bench.stored == []


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ("bootImagePath: /config/../../etc/passwd", "passwd, which is no file"),
        ("bootImagePath: /config/link.qcow2", "link.qcow2, which is no file"),
        ("bootImagePath: /config/layer.qcow2", "refers to another file"),
        ("bootImagePath: /config/plain.raw", "an image of format raw"),
        ("image: nothing", "something else"),
    ],
)
def test_an_image_that_would_lead_out_of_the_volume_is_refused(bench: Workbench, told: str, problem: str) -> None:
    a_request(bench, {"type": "qcow2", "outputFileName": "worker.qcow2"})
    assert bench.build("hand-over").returncode == 0
    volume = bench.scratch / "v1"
    (volume / "link.qcow2").symlink_to("/etc/passwd")
    (volume / "plain.raw").write_bytes(b"x" * 4096)
    made = bench.run(
        "qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", "/etc/passwd", "/scratch/v1/layer.qcow2"
    )
    assert made.returncode == 0, made.stderr
    named = volume / Path(told).name
    digest = hashlib.md5(named.read_bytes(), usedforsecurity=False).hexdigest() if named.is_file() else "0" * 32
    (volume / "output-metadata.yaml").write_text(f"{told}\nmd5sum: {digest}\n")
    assert bench.build("take-in").returncode == 2
    assert problem in bench.ended["message"]
