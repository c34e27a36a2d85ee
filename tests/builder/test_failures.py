"""What goes wrong around a build ends it with a result that says where, and leaves the next one nothing to fear."""

import os
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
import yaml

from hack.cluster.waiting import until
from tests.builder.tiny import PHASES, lay_out_tree, write_tiny_request
from tests.builder.workbench import Workbench

pytestmark = pytest.mark.timeout(600)

MEMORY = 400 << 20  # bytes
HUNGRY = [{"name": "Think", "ansible.builtin.command": "python3 -c 'bytearray(1 << 30)'"}]


@pytest.fixture
def bench(tools: Path, tmp_path: Path) -> Workbench:
    """A place for one build, with a cache of its own."""
    return Workbench(tools, tmp_path, tmp_path / "cache")


@pytest.fixture
def memory_group() -> Iterator[tuple[str, ...]]:
    """A command that runs the argv after it with at most MEMORY, in a control group of its own."""
    top, limit = Path("/sys/fs/cgroup/memory"), "memory.limit_in_bytes"
    if Path("/sys/fs/cgroup/cgroup.controllers").exists():
        top, limit = Path("/sys/fs/cgroup"), "memory.max"
        (top / "cgroup.subtree_control").write_text("+memory")
    group = top / f"airship-images-test-{os.getpid()}"
    group.mkdir()
    (group / limit).write_text(str(MEMORY))
    for swap, most in (("memory.swap.max", 0), ("memory.memsw.limit_in_bytes", MEMORY)):
        if (group / swap).exists():
            (group / swap).write_text(str(most))
    yield ("sh", "-c", f'echo $$ > {group}/cgroup.procs && exec "$@"', "sh")
    until(partial(removed, group), f"removing {group}", 60, lambda: f"{group}/cgroup.procs")


def removed(group: Path) -> bool:
    """The kernel keeps a group busy for a moment after its last process."""
    with suppress(OSError):
        group.rmdir()
    return not group.exists()


def with_small(folder: Path, size: str) -> tuple[str, ...]:
    """A command that runs the argv after it where `folder` is an empty volume of `size`."""
    script = f'mount -t tmpfs -o size={size} tmpfs {folder} && exec "$@"'
    return ("unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh")


@pytest.mark.parametrize(
    ("volume", "size", "phase", "phases_before"),
    [
        ("cache", "3m", "disk", ()),
        ("scratch", "6m", "configure", ("commit", "disk")),
        ("output", "2m", "publish", ()),
    ],
)
def test_a_full_volume_is_named_and_nothing_half_written_is_seen(
    bench: Workbench, volume: str, size: str, phase: str, phases_before: tuple[str, ...]
) -> None:
    build_hash = write_tiny_request(bench, "much")
    if phases_before:
        assert bench.build(*phases_before).returncode == 0
    phases = tuple(each for each in PHASES if each not in phases_before)
    done = bench.build(*phases, wrap=with_small(getattr(bench, volume), size))
    assert done.returncode == 3, done.stderr[-3000:]
    ended = bench.ended
    assert (ended["phase"], ended["reason"], ended["retryable"]) == (phase, "DiskFull", True)
    assert f"the {volume} volume is full" in ended["message"]
    assert bench.stored == []
    lay_out_tree(bench.scratch)
    assert bench.build(*PHASES).returncode == 0
    assert bench.report(build_hash).result.size > 0


def test_a_build_whose_memory_runs_out_says_so_and_where(bench: Workbench, memory_group: tuple[str, ...]) -> None:
    roles = [{"name": "hungry", "configMapName": "hungry"}]
    write_tiny_request(bench, "much", roles=roles)
    files = {"hungry": {"data": {"tasks__main.yml": yaml.safe_dump(HUNGRY)}}}
    (bench.request / "configmaps.yaml").write_text(yaml.safe_dump(files))
    assert bench.build("commit", "disk").returncode == 0
    done = bench.build("configure", wrap=memory_group)
    assert done.returncode == 3, done.stderr[-3000:]
    ended = bench.ended
    assert (ended["phase"], ended["reason"], ended["retryable"]) == ("configure", "OutOfMemory", True)
    assert "task 'hungry : Think'" in ended["message"]
    assert "memory ran out; give the build more (spec.builder.resources.limits.memory)" in ended["message"]
