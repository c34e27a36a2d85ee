"""What does the command line say of an image that was built elsewhere?"""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.command_line import CommandLine
from tests.unit.cli.documents import an_image, write

SHA256 = "ab" * 32
URL = "https://mirror.example/os/debian.qcow2"


def a_sourced_image(**spec: Any) -> dict[str, Any]:
    document = an_image("debian", image={"type": "qcow2", "source": {"url": URL, "sha256": SHA256}}, **spec)
    del document["spec"]["profiles"]
    return document


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    return write(tmp_path / "debian.yaml", a_sourced_image())


def test_it_is_valid_without_any_profile(airship_images: CommandLine, elsewhere: Path) -> None:
    ended = airship_images("validate", elsewhere)
    assert (ended.code, ended.err) == (0, "")
    assert "1 AirshipImage: valid" in ended.out


def test_a_field_of_builds_is_a_mistake_that_says_why(airship_images: CommandLine, tmp_path: Path) -> None:
    schedule = {"cron": "0 0 * * *"}
    ended = airship_images("validate", write(tmp_path / "a.yaml", a_sourced_image(schedule=schedule)))
    assert ended.code == 2
    assert "spec.schedule" in ended.out
    assert "is not built here" in ended.out


def test_how_it_is_booted_is_a_mistake_where_it_is_not_booted(airship_images: CommandLine, tmp_path: Path) -> None:
    uefi = {"firmware": ["uefi"]}
    ended = airship_images("validate", write(tmp_path / "a.yaml", a_sourced_image(verify=uefi)))
    assert ended.code == 2
    assert "boot: true with it" in ended.out
    ended = airship_images("validate", write(tmp_path / "b.yaml", a_sourced_image(verify={"boot": True, **uefi})))
    assert ended.code == 0, ended.out


def test_the_plan_is_to_read_it(airship_images: CommandLine, elsewhere: Path) -> None:
    out = airship_images("plan", elsewhere).out
    assert f"build  none: built elsewhere, {URL}" in out
    assert f"next   read {URL}" in out
    told = json.loads(airship_images("plan", elsewhere, "-o", "json").out)
    assert (told["build"], told["variables"]) == (None, {})


def test_there_is_no_node_to_explain(airship_images: CommandLine, elsewhere: Path) -> None:
    out = airship_images("explain", elsewhere).out
    assert "built elsewhere" in out
    assert SHA256 in out
    told = json.loads(airship_images("explain", elsewhere, "-o", "json").out)
    assert (told["source"], told["values"]) == ({"url": URL, "sha256": SHA256}, [])
    assert set(told["hashes"]) == {"spec", "build"}


@pytest.mark.parametrize("command", ["build", "render"])
def test_what_is_about_builds_is_refused(
    airship_images: CommandLine, elsewhere: Path, tmp_path: Path, command: str
) -> None:
    ended = airship_images(command, elsewhere, "--output", tmp_path / "output")
    assert ended.code == 2
    assert "built elsewhere" in ended.err


def test_the_catalogue_names_it_without_a_build(airship_images: CommandLine, elsewhere: Path, tmp_path: Path) -> None:
    ended = airship_images("catalogue", elsewhere, "--output", tmp_path)
    assert ended.code == 0, ended.err
    spec = yaml.safe_load(ended.out)["spec"]
    wanted = {"url": URL, "checksum": SHA256, "checksumType": "sha256", "format": "qcow2"}
    assert (spec["files"]["images"], spec["profiles"]) == ({"debian": wanted}, {})
