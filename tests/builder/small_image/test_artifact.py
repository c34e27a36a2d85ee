"""What is published, what is said of it, and what is in no image."""

import hashlib
import re

import pytest
import yaml

from tests.builder.small_image.conftest import Built
from tests.builder.workbench import Inside

pytestmark = pytest.mark.timeout(1800)


def test_the_result_is_the_artifact_under_its_digest(built: Built) -> None:
    bench = built.bench
    result = bench.report(built.build_hash).result
    artifact = bench.output / result.path
    assert hashlib.sha256(artifact.read_bytes()).hexdigest() == result.digest == artifact.parent.name
    assert artifact.with_name("small.qcow2.sha256").read_text() == f"{result.digest}  small.qcow2\n"
    assert yaml.safe_load(artifact.with_name("output-metadata.yaml").read_text())["bootImagePath"] == result.path
    assert bench.ended["digest"] == result.digest
    assert (result.size, result.virtual_size) == (artifact.stat().st_size, 2 << 30)


def test_the_report_says_what_it_was_made_of(built: Built) -> None:
    report = built.bench.report(built.build_hash)
    software = built.prepared.node.spec.software
    assert software and software.packages
    assert report.package_count > len(software.packages)
    assert {lock.suite for lock in report.lock} == {"bookworm", "bookworm-updates", "bookworm-security"}
    assert report.contains_secrets
    assert set(report.seconds) == {"fetch", "rootfs", "commit", "disk", "configure", "boot", "publish"}


def test_nothing_of_one_host_or_of_the_installation_is_left(inside: Inside) -> None:
    assert inside.text("/etc/machine-id") == ""
    assert not re.search(r"ssh_host_", inside.debugfs("ls -p /etc/ssh"))
    assert inside.stat("/var/lib/systemd/random-seed") == "nothing"
    assert "Packages" not in inside.debugfs("ls -p /var/lib/apt/lists")
    assert inside.stat("/etc/apt/apt.conf.d/99mmdebstrap") == "nothing"


def test_the_booted_system_is_whole_and_is_a_host_of_its_own(facts: dict[str, str]) -> None:
    assert facts["failed"] == ""
    assert re.match(r"[0-9a-f]{32}\n", facts["machine"])
    assert "ssh_host_ed25519_key" in facts["machine"]
    assert "NodeProfile" in facts["meta"]
    assert "AirshipImage" in facts["meta"]


def test_the_booted_system_has_its_packages(built: Built, facts: dict[str, str]) -> None:
    installed = {line.split()[1] for line in facts["packages"].splitlines() if line.startswith("ii")}
    software = built.prepared.node.spec.software
    assert software and software.packages
    assert set(software.packages) <= installed


def test_the_root_file_system_grows_with_its_disk_and_the_esp_is_mounted(facts: dict[str, str]) -> None:
    assert "/boot/efi vfat" in re.sub(r" +", " ", facts["mounts"])
    assert int(facts["mounts"].split()[-1]) > 2048
