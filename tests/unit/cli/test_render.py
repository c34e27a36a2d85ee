"""What does `airship-images render` write?"""

import json
from pathlib import Path

import pytest
import yaml

from tests.command_line import CommandLine
from tests.unit.cli.documents import A_SECRET, a_profile, an_image, write

INPUTS = ("rootfs.yaml", "rootfs-vars.yaml", "build.yaml", "osconfig-vars.yaml", "image-vars.yaml")


def test_the_inputs_of_the_builder_are_written_and_named(
    airship_images: CommandLine, site: Path, tmp_path: Path
) -> None:
    ended = airship_images("render", site, "--image", "worker", "--output", tmp_path / "out")
    assert (ended.code, ended.err) == (0, "")
    assert set(ended.out.split()) == {str(path) for path in (tmp_path / "out").iterdir()}
    for name in INPUTS:
        assert yaml.safe_load((tmp_path / "out" / name).read_text())


def test_the_same_site_renders_the_same_bytes(airship_images: CommandLine, site: Path, tmp_path: Path) -> None:
    for folder in ("one", "two"):
        airship_images("render", site, "--image", "worker", "--output", tmp_path / folder)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_standard_output_is_one_document_with_the_hashes(
    airship_images: CommandLine, site: Path, tmp_path: Path, form: str
) -> None:
    ended = airship_images("render", site, "--image", "worker", "--output", tmp_path / "out", "-o", form)
    told = json.loads(ended.out) if form == "json" else yaml.safe_load(ended.out)
    build = yaml.safe_load((tmp_path / "out" / "build.yaml").read_text())
    assert told["hashes"]["build"] == build["buildHash"]
    assert told["hashes"]["rootfs"] == build["rootfsHash"]


def test_no_value_of_a_secret_is_rendered(airship_images: CommandLine, site: Path, tmp_path: Path) -> None:
    ended = airship_images("render", site, "--image", "worker", "--output", tmp_path / "out")
    everything = ended.out + ended.err + "".join(path.read_text() for path in (tmp_path / "out").iterdir())
    assert A_SECRET not in everything


def test_a_wrong_site_renders_nothing_and_says_all_that_is_wrong(
    airship_images: CommandLine, site: Path, tmp_path: Path
) -> None:
    write(site / "base.yaml", a_profile(colour="red", shape="round"))
    ended = airship_images("render", site, "--image", "worker", "--output", tmp_path / "out")
    assert (ended.code, ended.out) == (2, "")
    assert [line.startswith("error: ") for line in ended.err.splitlines()] == [True, True]
    assert "spec.colour" in ended.err
    assert "spec.shape" in ended.err
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_is_the_outside_world(airship_images: CommandLine, site: Path) -> None:
    ended = airship_images("render", site, "--image", "worker", "--output", "/proc/nowhere")
    assert ended.code == 3
    assert "choose another --output" in ended.err


def test_the_only_image_needs_no_name(airship_images: CommandLine, site: Path, tmp_path: Path) -> None:
    assert airship_images("render", site, "--output", tmp_path / "out").code == 0


@pytest.mark.parametrize("arguments", [[], ["--image", "gone"], ["--image", "elsewhere/worker"]])
def test_an_unclear_image_lists_the_choice(
    airship_images: CommandLine, site: Path, tmp_path: Path, arguments: list[str]
) -> None:
    write(site / "control.yaml", an_image("control"))
    ended = airship_images("render", site, *arguments, "--output", tmp_path / "out")
    assert ended.code == 2
    assert "expected one of control, worker" in ended.err


def test_a_namespace_tells_images_of_one_name_apart(airship_images: CommandLine, site: Path, tmp_path: Path) -> None:
    for namespace in ("one", "two"):
        image = an_image()
        image["metadata"]["namespace"] = namespace
        write(site / f"{namespace}.yaml", image)
    (site / "worker.yaml").unlink()
    assert airship_images("render", site, "--image", "worker", "--output", tmp_path / "out").code == 2
    assert airship_images("render", site, "--image", "two/worker", "--output", tmp_path / "out").code == 0


def test_a_site_without_an_image_says_what_it_holds(airship_images: CommandLine, site: Path, tmp_path: Path) -> None:
    (site / "worker.yaml").unlink()
    ended = airship_images("render", site, "--output", tmp_path / "out")
    assert ended.code == 2
    assert "an AirshipImage in PATH, which holds 1 NodeProfile, 1 Secret" in ended.err
