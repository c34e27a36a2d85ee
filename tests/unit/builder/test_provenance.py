"""What does the provenance of an image say?"""

import json
from pathlib import Path
from typing import Any

import yaml

from airship_builder.inputs import Inputs
from airship_builder.provenance import provenance
from airship_images.api.build import RepositoryLock
from tests.builder.request_files import write_request
from tests.unit.builder.test_sbom import LOADER

DIGEST, RELEASE, ARCHIVE = "a" * 64, "b" * 64, "c" * 64
LOCK = [
    RepositoryLock(source="http://packages.example/debian/", suite="bookworm", release_sha256=RELEASE),
    RepositoryLock(source="http://flat.example/debs", suite="./", release_sha256=ARCHIVE),
]
PROFILE = {
    "kind": "NodeProfile",
    "spec": {
        "drivers": {"dkms": [{"name": "nic", "url": "https://files.example/nic.tar.gz", "sha256": ARCHIVE}]},
        "software": {"repos": [{"name": "k8s", "keyring_url": "https://k8s.example/key", "keyring_sha256": RELEASE}]},
        "system": {"fetch_from_url": [{"name": "plain", "url": "https://files.example/unpinned"}]},
    },
}


def a_statement(folder: Path) -> dict[str, Any]:
    write_request(folder)
    (folder / "meta-profile.yaml").write_text(yaml.safe_dump(PROFILE))
    text = provenance(Inputs(folder), DIGEST, LOCK, LOADER, {"small.qcow2.cdx.json": "d" * 64})
    assert text == provenance(Inputs(folder), DIGEST, LOCK, LOADER, {"small.qcow2.cdx.json": "d" * 64})
    return dict(json.loads(text))


def test_it_is_an_in_toto_statement_about_the_image_with_slsa_provenance(tmp_path: Path) -> None:
    statement = a_statement(tmp_path)
    assert (statement["_type"], statement["predicateType"]) == (
        "https://in-toto.io/Statement/v1",
        "https://slsa.dev/provenance/v1",
    )
    assert statement["subject"] == [{"name": "small.qcow2", "digest": {"sha256": DIGEST}}]
    assert set(statement["predicate"]) == {"buildDefinition", "runDetails"}


def test_what_was_asked_for_is_the_request_and_the_composed_profile(tmp_path: Path) -> None:
    asked = a_statement(tmp_path)["predicate"]["buildDefinition"]["externalParameters"]
    assert asked["meta-profile"] == PROFILE
    assert asked["request"]["fileName"] == "small.qcow2"


def test_what_it_was_made_of_are_the_repositories_as_they_were_and_files_with_a_digest(tmp_path: Path) -> None:
    found = a_statement(tmp_path)["predicate"]["buildDefinition"]["resolvedDependencies"]
    assert {one["uri"]: one["digest"]["sha256"] for one in found} == {
        "http://packages.example/debian/dists/bookworm/": RELEASE,
        "http://flat.example/debs/./": ARCHIVE,
        "https://files.example/nic.tar.gz": ARCHIVE,
        "https://k8s.example/key": RELEASE,
    }


def test_the_run_is_the_build_by_these_versions_and_no_time_is_in_it(tmp_path: Path) -> None:
    details = a_statement(tmp_path)["predicate"]["runDetails"]
    assert details["metadata"] == {"invocationId": Inputs(tmp_path).build_request().build_hash}
    assert {"name": "shim-signed", "annotations": {"version": "1.47+15.8-1"}} in details["builder"][
        "builderDependencies"
    ]
    assert details["byproducts"] == [{"name": "small.qcow2.cdx.json", "digest": {"sha256": "d" * 64}}]


def test_a_job_and_the_command_line_list_the_same_inputs(tmp_path: Path) -> None:
    """A Job has the files of the root filesystem elsewhere, and its own beside the links of a mounted ConfigMap."""
    names = a_statement(tmp_path)["predicate"]["buildDefinition"]["internalParameters"]["inputs"]
    (tmp_path / "rootfs.yaml").unlink()
    (tmp_path / "..2026_11_26").mkdir()
    (tmp_path / "..data").symlink_to("..2026_11_26")
    assert Inputs(tmp_path).names() == sorted(names)
