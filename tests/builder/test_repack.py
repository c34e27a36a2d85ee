"""Packages change their form and nothing else."""

import hashlib
import subprocess
from pathlib import Path

import pytest

from airship_builder.digest import file_digest
from tests.builder.request_files import write_request
from tests.builder.workbench import Workbench

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def packages(bench: Workbench) -> tuple[Path, Path]:
    """A package as it was downloaded, and repacked."""
    fetch(bench)
    package = max((bench.cache / "debs").glob("tzdata_*"), key=lambda path: path.stat().st_mtime)
    (repacked,) = (bench.cache / "debs/repacked").glob(f"{file_digest(package)}.*")
    return package, repacked


def test_a_repacked_package_has_the_files_that_it_had(bench: Workbench, packages: tuple[Path, Path]) -> None:
    package, repacked = packages
    assert content(bench, "--fsys-tarfile", repacked) == content(bench, "--fsys-tarfile", package)
    assert content(bench, "--ctrl-tarfile", repacked) == content(bench, "--ctrl-tarfile", package)


def test_a_damaged_one_is_noticed_and_made_again(bench: Workbench, packages: tuple[Path, Path]) -> None:
    _, repacked = packages
    before = repacked.read_bytes()
    repacked.write_bytes(before[:-1] + b"?")
    fetch(bench)
    assert repacked.read_bytes() == before


def fetch(bench: Workbench) -> None:
    write_request(bench.request, packages=["tzdata"])
    done = bench.build("fetch")
    assert done.returncode == 0, done.stderr[-3000:]


def content(bench: Workbench, part: str, package: Path) -> str:
    argv = bench.command("dpkg-deb", part, f"/cache/{package.relative_to(bench.cache)}")
    return hashlib.sha256(subprocess.run(argv, capture_output=True, timeout=60, check=True).stdout).hexdigest()
