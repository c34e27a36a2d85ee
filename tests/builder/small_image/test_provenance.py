"""What lies beside the image says what is in it and how it was made."""

import hashlib
import json
import re

import pytest

from tests.builder.small_image.conftest import Built
from tests.builder.workbench import Inside

pytestmark = pytest.mark.timeout(1800)


def test_the_sbom_is_of_the_packages_that_are_installed_and_of_the_boot_loader(built: Built, inside: Inside) -> None:
    report = built.bench.report(built.build_hash)
    text = (built.bench.output / f"{report.result.path}.cdx.json").read_bytes()
    components = json.loads(text)["components"]
    listed = {one["name"]: one["version"] for one in components if "distro=debian-12" in one.get("purl", "")}
    status = inside.text("/var/lib/dpkg/status")
    assert listed == dict(re.findall(r"(?ms)^Package: (\S+)\n.*?^Version: (\S+)\n", status))
    assert len(listed) == report.package_count
    assert {"shim-signed", "grub-efi-amd64-signed", "grub-pc-bin"} <= {one["name"] for one in components}
    assert hashlib.sha256(text).hexdigest() == report.sbom_sha256


def test_the_provenance_ties_the_image_to_its_inputs_its_lock_and_its_sbom(built: Built) -> None:
    report = built.bench.report(built.build_hash)
    text = (built.bench.output / f"{report.result.path}.provenance.json").read_bytes()
    statement = json.loads(text)
    assert statement["subject"] == [{"name": "small.qcow2", "digest": {"sha256": report.result.digest}}]
    definition, details = (statement["predicate"][part] for part in ("buildDefinition", "runDetails"))
    fetched = [one["sha256"] for one in built.prepared.node.data["system"]["fetch_from_url"]]
    assert {one["digest"]["sha256"] for one in definition["resolvedDependencies"]} == {
        *(lock.release_sha256 for lock in report.lock),
        *fetched,
    }
    inputs = {name: text for name, text in built.prepared.image_files.items() if name != "osconfig-vars.yaml"}
    hashes = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in inputs.items()}
    assert hashes.items() <= definition["internalParameters"]["inputs"].items()
    assert details["metadata"]["invocationId"] == built.build_hash
    assert details["byproducts"] == [{"name": "small.qcow2.cdx.json", "digest": {"sha256": report.sbom_sha256}}]
    assert hashlib.sha256(text).hexdigest() == report.provenance_sha256
