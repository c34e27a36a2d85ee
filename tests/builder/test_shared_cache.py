"""What builds share is made once, however many of them want it and however many run at a time."""

import re
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from airship_builder.cache import ENTRY
from airship_images.api.build import BuildReport
from tests.builder.request_files import write_request
from tests.builder.tiny import PHASES, write_tiny_request
from tests.builder.workbench import Workbench

pytestmark = pytest.mark.timeout(600)

WITHOUT_BOOT = ("fetch", "rootfs", "commit", "disk", "configure", "publish")
IMAGES = 10
PACKAGE_MANAGERS = "apt|dpkg|mmdebstrap"


@pytest.fixture
def place(tools: Path, tmp_path: Path) -> Callable[[str], Workbench]:
    """Makes a place for one build; all of them have one cache."""
    return lambda name: Workbench(tools, tmp_path / name, tmp_path / "cache")


def build(bench: Workbench, *phases: str, without: str = "no program") -> BuildReport:
    """The report of an image whose marker is the name of its place; of the programs `without` none ran."""
    build_hash = write_tiny_request(bench, bench.place.name)
    done = bench.build(*phases)
    assert done.returncode == 0, done.stderr[-3000:]
    assert not re.findall(rf"(?m)^\+ (?:{without})\S* took", done.stderr)
    return bench.report(build_hash)


def test_ten_images_that_differ_in_configuration_cost_one_root_filesystem_and_one_disk(
    place: Callable[[str], Workbench], tmp_path: Path
) -> None:
    first = build(place("first"), *PHASES)
    others = [build(place(f"image-{number}"), *WITHOUT_BOOT, without=PACKAGE_MANAGERS) for number in range(1, IMAGES)]
    assert "disk" not in first.cache_hits
    assert all({"rootfs", "disk"} <= set(report.cache_hits) for report in others)
    entries = Counter(path.parent.parent.name for path in (tmp_path / "cache").glob(f"*/[!.]*/{ENTRY}"))
    assert entries == {"rootfs": 1, "qcow2": 1}
    assert len({report.result.digest for report in (first, *others)}) == IMAGES


def test_a_disk_that_two_builds_want_at_once_is_made_by_one_of_them(place: Callable[[str], Workbench]) -> None:
    benches = [place("one"), place("other")]
    with ThreadPoolExecutor(len(benches)) as pool:
        reports = list(pool.map(lambda bench: build(bench, *PHASES), benches))
    assert sorted("disk" in report.cache_hits for report in reports) == [False, True]
    assert len({report.result.digest for report in reports}) == len(benches)


def test_a_further_package_is_the_only_one_that_is_downloaded(bench: Workbench) -> None:
    few = ["linux-image-cloud-amd64"]
    write_request(bench.request, packages=few)
    assert bench.build("fetch").returncode == 0
    write_request(bench.request, packages=[*few, "hello"])
    for known in (bench.cache / "debs").glob("hello_*.deb"):  # of an earlier run
        known.unlink()
    more = bench.build("fetch")
    assert more.returncode == 0, more.stderr[-3000:]
    assert re.search(r"\d+ packages, 1 to download", more.stderr), more.stderr[-3000:]
