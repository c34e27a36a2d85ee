"""What does `airship-images explain` say of a node?"""

import json
from pathlib import Path

import pytest
import yaml

from tests.command_line import CommandLine
from tests.unit.cli.documents import a_profile, an_image, write


@pytest.fixture
def overlaid(site: Path) -> Path:
    """`site` with a second profile and params that set the same sysctl again."""
    write(site / "more.yaml", a_profile("more", kernel={"sysctl": [{"name": "vm.swappiness", "value": "30"}]}))
    params = {"kernel": {"sysctl": [{"name": "vm.dirty_ratio", "value": "5"}]}}
    write(site / "worker.yaml", an_image(profiles=("base", "more"), params=params))
    return site


def test_each_value_is_told_with_the_origin_that_won(airship_images: CommandLine, overlaid: Path) -> None:
    ended = airship_images("explain", overlaid, "--image", "worker")
    rows = [line.split() for line in ended.out.splitlines()]
    assert (ended.code, ended.err) == (0, "")
    assert ["kernel.sysctl[vm.swappiness].value", "30", "NodeProfile/more"] in rows
    assert ["kernel.sysctl[vm.dirty_ratio].value", "5", "params"] in rows
    assert ["software.suite", "bookworm", "default"] in rows


def test_the_name_of_an_item_is_told_by_its_path_or_alone(airship_images: CommandLine, site: Path) -> None:
    kernel = {"modules": {"load": [{"name": "overlay"}]}, "sysctl": [{"name": "vm.swappiness", "value": "1"}]}
    write(site / "base.yaml", a_profile(kernel=kernel))
    out = airship_images("explain", site).out
    assert "kernel.modules.load[overlay].name" in out
    assert "kernel.sysctl[vm.swappiness].name" not in out


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_standard_output_is_one_document(airship_images: CommandLine, overlaid: Path, form: str) -> None:
    ended = airship_images("explain", overlaid, "-o", form)
    told = json.loads(ended.out) if form == "json" else yaml.safe_load(ended.out)
    assert {"path": "kernel.kernel_base_pkg", "value": "linux-image-amd64", "origin": "NodeProfile/base"} in told[
        "values"
    ]
    assert set(told["hashes"]) == {"rootfs", "disk", "spec", "build"}


def test_a_long_value_is_cut_in_the_text_and_whole_in_json(airship_images: CommandLine, site: Path) -> None:
    content = "line of a file\n" * 100
    write(site / "base.yaml", a_profile(system={"files": [{"name": "/etc/long", "file_content": content}]}))
    assert max(len(line) for line in airship_images("explain", site).out.splitlines()) < 200
    values = {
        item["path"]: item["value"] for item in json.loads(airship_images("explain", site, "-o", "json").out)["values"]
    }
    assert values["system.files[/etc/long].file_content"] == content
