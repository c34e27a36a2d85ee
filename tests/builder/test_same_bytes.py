"""Do the same packages give the same root filesystem, byte for byte, when it is made once more?"""

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from airship_builder.cache import Cache
from airship_builder.digest import file_digest
from tests.builder import tiny
from tests.builder.cached import share_packages
from tests.builder.request_files import write_request
from tests.builder.workbench import Workbench

pytestmark = pytest.mark.timeout(1800)

ARCHIVE = "rootfs.tar.zst"
PHASES = ("fetch", "rootfs", "commit")
IN_MEMORY = """
for folder in "$1" "$2"; do
    cp -a "$folder" "$folder.before"
    mount -t ramfs ramfs "$folder"
    cp -a "$folder.before/." "$folder"
done
shift 2
exec "$@"
"""
"""Runs the argv behind two folders, which it has on a ramfs."""


def test_the_same_packages_give_the_same_archive_however_many_builds_want_it_at_once(
    bench: Workbench, tools: Path, tmp_path: Path
) -> None:
    assert build(bench).returncode == 0
    both = [Workbench(tools, tmp_path / name, tmp_path / "cache") for name in ("again", "meanwhile")]
    share_packages(bench.cache, tmp_path / "cache")
    with ThreadPoolExecutor(len(both)) as pool:
        assert sorted(pool.map(made_it, both)) == [False, True], "one makes it, and the other waits and finds it"
    (made,) = (tmp_path / "cache").glob(f"rootfs/*/{ARCHIVE}")
    if packages(bench, made.parent.name) != packages(both[0], made.parent.name):  # the archive has newer ones by now
        bench = Workbench(tools, tmp_path / "newer", tmp_path / "other-cache")
        share_packages(both[0].cache, bench.cache)
        assert build(bench).returncode == 0
    assert packages(bench, made.parent.name) == packages(both[0], made.parent.name)
    assert file_digest(made) == file_digest(bench.cache / "rootfs" / made.parent.name / ARCHIVE)


def test_a_disk_has_the_same_bytes_where_no_holes_can_be_made_in_a_file(tools: Path, tmp_path: Path) -> None:
    """As on an NFS before 4.2; a ramfs stands in for it."""
    holes, none = (Workbench(tools, tmp_path / name, tmp_path / name / "cache") for name in ("holes", "none"))
    in_memory = ("unshare", "--mount", "--propagation", "private", "sh", "-ec", IN_MEMORY, "sh")
    made = raw_disk(holes), raw_disk(none, *in_memory, str(none.scratch), str(none.cache))
    assert made[0] == made[1]


def raw_disk(bench: Workbench, *wrap: str) -> str:
    """The digest of one of a few files."""
    tiny.lay_out_tree(bench.scratch)
    files = [{"name": "/etc/marker", "file_content": "much of it\n" * 10_000}]
    build_hash = write_request(bench.request, {"files": files}, packages=["tiny"], capacity="200M", form="raw")
    done = bench.build(*tiny.PHASES, wrap=wrap)
    assert done.returncode == 0, done.stderr[-3000:]
    return bench.report(build_hash).result.digest


def build(bench: Workbench) -> subprocess.CompletedProcess[str]:
    write_request(bench.request)
    return bench.build(*PHASES)


def packages(bench: Workbench, key: str) -> object:
    """The digest of the packages that the root filesystem in the cache is of."""
    entry = Cache(bench.cache).peek("rootfs", key)
    assert entry is not None
    return entry.facts["packages"]


def made_it(again: Workbench) -> bool:
    """Did this build make the root filesystem itself?"""
    done = build(again)
    assert done.returncode == 0, done.stderr[-3000:]
    hits = json.loads((again.scratch / "notes.json").read_text()).get("cacheHits", [])
    assert ("installing" in done.stdout) is ("rootfs" not in hits)
    return "rootfs" not in hits
