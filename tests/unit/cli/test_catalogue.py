"""What does `airship-images catalogue` say of a folder of builds?"""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from airship_images.api.build import BuildReport, BuildResult
from tests.command_line import CommandLine
from tests.unit.cli.documents import an_image, write

DIGEST = "ab" * 32
URL = "http://images.example/"


@pytest.fixture
def output(airship_images: CommandLine, site: Path, tmp_path: Path) -> Path:
    """A folder in which the build that the site asks for is published, as far as its report tells."""
    rendered = airship_images("render", site, "--output", tmp_path / "rendered", "-o", "json").out
    hashes = json.loads(rendered)["hashes"]
    result = BuildResult(digest=DIGEST, size=7, virtual_size=4 << 30, format="qcow2", path=f"{DIGEST}/worker.qcow2")
    report = BuildReport(
        result=result,
        name="worker",
        rootfs_hash=hashes["rootfs"],
        spec_hash=hashes["spec"],
        build_hash=hashes["build"],
        verified=("bios", "uefi"),
        secure_boot=False,
        contains_secrets=False,
        lock=(),
        package_count=1,
        sbom_sha256=DIGEST,
        provenance_sha256=DIGEST,
        seconds={},
        cache_hits=(),
    )
    folder = tmp_path / "output" / "by-build"
    folder.mkdir(parents=True)
    (folder / f"{hashes['build']}.json").write_text(report.model_dump_json(by_alias=True))
    return folder.parent


def images(text: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(text)["spec"]["files"]["images"]
    return found


def test_the_build_that_the_documents_ask_for_is_named(airship_images: CommandLine, site: Path, output: Path) -> None:
    ended = airship_images("catalogue", site, "--output", output, "--base-url", URL)
    assert (ended.code, ended.err) == (0, "")
    assert images(ended.out)["worker"]["url"] == f"{URL}{DIGEST}/worker.qcow2"
    assert yaml.safe_load(ended.out)["spec"]["profiles"] == {"base": ["worker"]}
    assert json.loads(
        airship_images("catalogue", site, "--output", output, "--base-url", URL, "-o", "json").out
    ) == yaml.safe_load(ended.out)


def test_an_image_with_an_output_of_its_own_is_named_there(
    airship_images: CommandLine, site: Path, output: Path
) -> None:
    own = {"pvc": {"claimName": "mine", "baseURL": "https://mine.example/"}}
    write(site / "worker.yaml", an_image(output=own))
    ended = airship_images("catalogue", site, "--output", output)
    assert ended.code == 2, "another output is another build"
    assert "airship-images build PATH --image worker --output" in ended.err


def test_an_image_that_is_not_built_yet_is_an_error_of_the_input(
    airship_images: CommandLine, site: Path, output: Path
) -> None:
    write(site / "other.yaml", an_image("other"))
    ended = airship_images("catalogue", site, "--output", output, "--base-url", URL)
    assert (ended.code, ended.out) == (2, "")
    assert "AirshipImage/other" in ended.err
    chosen = airship_images("catalogue", site, "--output", output, "--base-url", URL, "--image", "worker")
    assert set(images(chosen.out)) == {"worker"}


@pytest.mark.parametrize(
    ("arguments", "missing"), [(("--base-url", URL), "--output"), (("--output", "there"), "--base-url")]
)
def test_what_is_needed_for_a_folder_is_asked_for(
    airship_images: CommandLine, site: Path, arguments: tuple[str, ...], missing: str
) -> None:
    ended = airship_images("catalogue", site, *arguments)
    assert ended.code == 2
    assert missing in ended.err
