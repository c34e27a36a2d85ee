"""What does `airship-images plan` say of files alone?"""

import json
from pathlib import Path

import pytest

from tests.command_line import CommandLine
from tests.unit.cli.documents import A_SECRET


def test_the_first_build_is_planned_with_its_variables(airship_images: CommandLine, site: Path) -> None:
    ended = airship_images("plan", site, "--image", "worker")
    assert (ended.code, ended.err) == (0, "")
    assert "AirshipImage default/worker" in ended.out
    assert "nothing is published yet" in ended.out
    assert "start Job rootfs-" in ended.out
    assert "hosts  none are known here" in ended.out
    assert "--- osconfig-vars.yaml" in ended.out
    assert "vm.swappiness" in ended.out


def test_a_program_gets_the_same_as_one_document(airship_images: CommandLine, site: Path) -> None:
    told = json.loads(airship_images("plan", site, "--image", "worker", "-o", "json").out)
    assert len(told["buildHash"]) == 64
    assert told["next"][1].endswith("try 1")
    assert told["hosts"] == []
    assert {each["type"] for each in told["conditions"]} >= {"Ready", "Built"}
    assert set(told["variables"]) >= {"rootfs-vars.yaml", "osconfig-vars.yaml", "image-vars.yaml"}


def test_no_value_of_a_secret_is_shown(airship_images: CommandLine, site: Path) -> None:
    assert A_SECRET not in airship_images("plan", site, "--image", "worker").out


@pytest.mark.parametrize("arguments", [[], ["--cluster"]])
def test_neither_documents_nor_an_image_is_an_error_of_the_input(
    airship_images: CommandLine, arguments: list[str]
) -> None:
    ended = airship_images("plan", *arguments)
    assert ended.code == 2
    assert "neither PATH nor --image" in ended.err


def test_a_kubeconfig_that_is_not_there_is_an_error_of_the_input(airship_images: CommandLine, tmp_path: Path) -> None:
    ended = airship_images("plan", "--image", "worker", "--kubeconfig", tmp_path / "nowhere")
    assert ended.code == 2
    assert "--kubeconfig" in ended.err
