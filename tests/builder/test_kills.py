"""A build that is killed at any moment leaves nothing broken behind, and the next one is as if it had not been.

The moments are random and the same each time: 20 of them, 200 in `make soak`.
"""

import hashlib
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from airship_builder.cache import ENTRY, Cache
from airship_images.api.build import BuildReport
from tests.builder.cached import share_packages
from tests.builder.request_files import write_request
from tests.builder.tiny import PHASES, lay_out_tree, write_tiny_request
from tests.builder.workbench import Workbench

KILLS = 200 if os.environ.get("HYPOTHESIS_PROFILE") == "soak" else 20
AT_ONCE = 2
SEED = 1969
SLACK = 0.15  # seconds by which a kill may come before or after the phase it is meant for

pytestmark = pytest.mark.timeout(300 + 20 * KILLS)


@pytest.fixture(scope="module")
def unkilled(benches: Callable[[str], Workbench]) -> BuildReport:
    """The report of the build that nobody kills."""
    bench = in_its_own_cache(benches("unkilled"))
    build_hash = write_tiny_request(bench, "the same in each build")
    done = bench.build(*PHASES)
    assert done.returncode == 0, done.stderr[-3000:]
    return bench.report(build_hash)


def in_its_own_cache(bench: Workbench) -> Workbench:
    return Workbench(bench.root, bench.place, bench.place / "cache")


def kill_in(bench: Workbench, phases: tuple[str, ...], phase: str, delay: float) -> bool:
    """Run `phases` and kill them, with all that they started, `delay` seconds into `phase`; False: it was faster."""
    with subprocess.Popen(
        bench.build_command(*phases), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, errors="replace"
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if f'"phase":"{phase}","step":"start"' in line:
                break
        time.sleep(delay)
        process.kill()
        process.stdout.read()
        return process.wait(60) == -signal.SIGKILL


def assert_nothing_broken(bench: Workbench) -> None:
    """Whatever is visible in the store is whole, and so is every entry of the cache."""
    for folder in (path for path in bench.output.iterdir() if path.name[0] != "." and not path.name.startswith("by-")):
        artifact = folder / "small.qcow2"
        assert hashlib.sha256(artifact.read_bytes()).hexdigest() == folder.name
        assert {"small.qcow2", "small.qcow2.sha256", "output-metadata.yaml"} <= {each.name for each in folder.iterdir()}
    for report in bench.output.glob("by-*/*.json"):
        result = BuildReport.model_validate_json(report.read_text()).result
        assert (bench.output / result.path).stat().st_size == result.size
    for entry in bench.cache.glob(f"*/[!.]*/{ENTRY}"):
        assert Cache(bench.cache).find(entry.parent.parent.name, entry.parent.name) is not None, entry


def leftovers(bench: Workbench) -> list[Path]:
    return [path for path in bench.cache.glob("*/.?*") if path.name not in (".lock", ".use")]


def kill_and_go_on(bench: Workbench, number: int, seconds: dict[str, float]) -> tuple[str, int]:
    """One kill, and the build after it: (digest of its image, kills that were in time)."""
    chance = random.Random(f"{SEED}-{number}")  # noqa: S311  (the same moments each time)
    phase = PHASES[number % len(PHASES)]
    build_hash = write_tiny_request(bench, "the same in each build")
    killed = kill_in(bench, PHASES, phase, chance.uniform(0, seconds[phase] + SLACK))
    assert_nothing_broken(bench)
    shutil.rmtree(bench.scratch)  # as Kubernetes does with the scratch of a Job
    lay_out_tree(bench.scratch)
    done = bench.build(*PHASES)
    assert done.returncode == 0, f"after kill {number} in {phase}: {done.stderr[-3000:]}"
    assert_nothing_broken(bench)
    assert leftovers(bench) == []
    return bench.report(build_hash).result.digest, int(killed)


def test_after_a_kill_nothing_is_broken_and_the_next_build_gives_the_same_image(
    unkilled: BuildReport, tools: Path, tmp_path: Path
) -> None:
    def one(number: int) -> tuple[str, int]:
        place = tmp_path / str(number)
        try:
            return kill_and_go_on(Workbench(tools, place, place / "cache"), number, unkilled.seconds)
        finally:
            shutil.rmtree(place)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        ends = list(pool.map(one, range(KILLS)))
    assert {digest for digest, _ in ends} == {unkilled.result.digest}
    assert sum(killed for _, killed in ends) >= KILLS // 2, "most builds were faster than their kill"


def test_a_kill_while_packages_are_fetched_or_installed_costs_nothing_but_time(bench: Workbench) -> None:
    write_request(bench.request, packages=["linux-image-cloud-amd64"])
    assert bench.build("fetch").returncode == 0
    shutil.rmtree(bench.scratch)
    known, bench = bench.cache, in_its_own_cache(bench)
    share_packages(known, bench.cache)
    chance = random.Random(SEED)  # noqa: S311  (the same moments each time)
    for phase, latest in (("fetch", 2.0), ("rootfs", 4.0), ("rootfs", 12.0)):
        assert kill_in(bench, ("fetch", "rootfs", "commit"), phase, chance.uniform(0.2, latest))
        assert list(bench.cache.glob(f"rootfs/*/{ENTRY}")) == []
        shutil.rmtree(bench.scratch)
        bench.scratch.mkdir()
    done = bench.build("fetch", "rootfs", "commit")
    assert done.returncode == 0, done.stderr[-3000:]
    assert_nothing_broken(bench)
    assert leftovers(bench) == []
