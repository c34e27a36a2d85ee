"""What an ISO brings for cloud-init lies where OpenStack puts it, and nothing lies there when there is nothing."""

import json
from pathlib import Path

import pytest

from airship_builder.configdrive import add_config_drive
from airship_builder.inputs import Inputs
from tests.builder.request_files import write_request

USER_DATA = "#cloud-config\n{}\n"
NETWORK = '{"links": []}'


def drive(folder: Path, seed: dict[str, str], trigger: str = "") -> dict[str, str]:
    """The files of the drive by their path."""
    write_request(folder / "inputs", form="iso", seed=seed, trigger=trigger)
    tree = folder / f"tree{trigger}"
    tree.mkdir()
    assert add_config_drive(Inputs(folder / "inputs"), tree) is bool(seed)
    return {str(path.relative_to(tree)): path.read_text() for path in tree.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("seed", "files"),
    [
        ({}, {}),
        ({"userData": USER_DATA}, {"user_data": USER_DATA}),
        ({"networkConfig": NETWORK}, {"network_data.json": NETWORK}),
        ({"userData": USER_DATA, "networkConfig": NETWORK}, {"user_data": USER_DATA, "network_data.json": NETWORK}),
    ],
)
def test_each_file_has_its_place(tmp_path: Path, seed: dict[str, str], files: dict[str, str]) -> None:
    found = drive(tmp_path, seed)
    metadata = {"openstack/latest/meta_data.json"} if seed else set()
    assert set(found) == {f"openstack/latest/{name}" for name in files} | metadata
    assert all(found[f"openstack/latest/{name}"] == text for name, text in files.items())


def test_the_instance_follows_from_the_image_and_not_from_the_build(tmp_path: Path) -> None:
    first, again, other = (
        json.loads(drive(tmp_path, {"userData": text}, trigger)["openstack/latest/meta_data.json"])["uuid"]
        for text, trigger in ((USER_DATA, ""), (USER_DATA, "again"), ("#!/bin/sh\n", "other"))
    )
    assert first == again != other
