"""Do the same packages give the same root filesystem, byte for byte, when it is made once more?"""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from airship_builder.digest import file_digest
from tests.builder.request_files import write_request
from tests.builder.workbench import Workbench

pytestmark = pytest.mark.timeout(1800)

ARCHIVE = "rootfs.tar.zst"
PHASES = ("fetch", "rootfs", "commit")


def test_the_same_packages_give_the_same_archive_however_many_builds_want_it_at_once(
    bench: Workbench, tools: Path, tmp_path: Path
) -> None:
    write_request(bench.request)
    assert bench.build(*PHASES).returncode == 0
    both = [Workbench(tools, tmp_path / name, tmp_path / "cache") for name in ("again", "meanwhile")]
    share_packages(bench.cache, tmp_path / "cache")
    with ThreadPoolExecutor(len(both)) as pool:
        assert sorted(pool.map(made_it, both)) == [False, True], "one makes it, and the other waits and finds it"
    (made,) = (tmp_path / "cache").glob(f"rootfs/*/{ARCHIVE}")
    assert file_digest(made) == file_digest(bench.cache / "rootfs" / made.parent.name / ARCHIVE)


def made_it(again: Workbench) -> bool:
    """Did this build make the root filesystem itself?"""
    write_request(again.request)
    done = again.build(*PHASES)
    assert done.returncode == 0, done.stderr[-3000:]
    hits = json.loads((again.scratch / "notes.json").read_text()).get("cacheHits", [])
    assert ("installing" in done.stdout) is ("rootfs" not in hits)
    return "rootfs" not in hits


def share_packages(known: Path, cache: Path) -> None:
    """Let `cache` have the packages of `known`, and nothing else of it."""
    (cache / "debs").mkdir(parents=True)
    for package in (known / "debs").glob("*.deb"):
        os.link(package, cache / "debs" / package.name)
