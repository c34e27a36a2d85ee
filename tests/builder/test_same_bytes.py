"""Do the same packages give the same root filesystem, byte for byte, when it is made once more?"""

import os
from pathlib import Path

import pytest

from airship_builder.digest import file_digest
from tests.builder.request_files import write_request
from tests.builder.workbench import Workbench

pytestmark = pytest.mark.timeout(1800)

ARCHIVE = "rootfs.tar.zst"


def test_the_same_packages_give_the_same_archive(bench: Workbench, tools: Path, tmp_path: Path) -> None:
    write_request(bench.request)
    assert bench.build("fetch", "rootfs", "commit").returncode == 0
    again = Workbench(tools, tmp_path / "again", tmp_path / "cache")
    share_packages(bench.cache, again.cache)
    write_request(again.request)
    done = again.build("fetch", "rootfs", "commit")
    assert done.returncode == 0, done.stderr[-3000:]
    (made,) = again.cache.glob(f"rootfs/*/{ARCHIVE}")
    assert file_digest(made) == file_digest(bench.cache / "rootfs" / made.parent.name / ARCHIVE)


def share_packages(known: Path, cache: Path) -> None:
    """Let `cache` have the packages of `known`, and nothing else of it."""
    (cache / "debs").mkdir(parents=True)
    for package in (known / "debs").glob("*.deb"):
        os.link(package, cache / "debs" / package.name)
