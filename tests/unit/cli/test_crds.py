"""What does `airship-images crds` give a cluster?"""

import json
from pathlib import Path

import yaml

from tests.command_line import CommandLine

NAMES = ["nodeprofiles.airshipit.org", "airshipimages.airshipit.org"]


def test_the_definitions_are_printed_as_documents_for_kubectl(airship_images: CommandLine) -> None:
    ended = airship_images("crds")
    assert (ended.code, ended.err) == (0, "")
    assert [document["metadata"]["name"] for document in yaml.safe_load_all(ended.out)] == NAMES


def test_json_is_one_list_that_kubectl_takes_too(airship_images: CommandLine) -> None:
    told = json.loads(airship_images("crds", "-o", "json").out)
    assert told["kind"] == "List"
    assert [item["metadata"]["name"] for item in told["items"]] == NAMES


def test_files_are_written_and_named(airship_images: CommandLine, tmp_path: Path) -> None:
    ended = airship_images("crds", "--output", tmp_path / "crds")
    files = sorted((tmp_path / "crds").iterdir())
    assert sorted(ended.out.split()) == [str(file) for file in files]
    assert {yaml.safe_load(file.read_text())["metadata"]["name"] for file in files} == set(NAMES)
