"""Whatever programs change in a root filesystem is so on the disk too: changed, compared, written, and read again."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builder.workbench import Workbench

PROGRAM = Path(__file__).with_name("changing.py")

AT_ONCE = """
import pathlib, sys
from airship_builder.delta import difference, look
tree = pathlib.Path(sys.argv[1]) / "tree"
tree.mkdir()
seen = 0
for number in range(50):
    (tree / "file").write_text("before")
    before = look(tree)
    (tree / "file").write_text("after!")
    seen += "/file" in difference(before, tree, 0).written
print(seen)
"""

NAMES = st.sampled_from(["a", "b", 'c "d" é', "$(id)", "e;f"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
NUMBERS = st.sampled_from([0, 1, 1000, 65534, 100_000])
MODES = st.sampled_from([0o600, 0o644, 0o755, 0o4755, 0o2770, 0o1777])
OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), PATHS, st.binary(max_size=2_000).map(bytes.hex)),
        st.tuples(st.just("mkdir"), PATHS),
        st.tuples(st.just("symlink"), PATHS, st.sampled_from(["/etc/passwd", "../a", "x" * 200])),
        st.tuples(st.just("link"), PATHS, PATHS),
        st.tuples(st.just("rename"), PATHS, PATHS),
        st.tuples(st.just("remove"), PATHS),
        st.tuples(st.just("chmod"), PATHS, MODES),
        st.tuples(st.just("chown"), PATHS, NUMBERS, NUMBERS),
        st.tuples(st.just("xattr"), PATHS, st.binary(min_size=1, max_size=60).map(bytes.hex)),
    ),
    max_size=12,
)


@pytest.fixture(scope="module")
def shelf(benches: Callable[[str], Workbench]) -> Workbench:
    bench = benches("changing")
    shutil.copy(PROGRAM, bench.scratch)
    return bench


@settings(
    max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(cases=st.lists(st.tuples(OPERATIONS, OPERATIONS), min_size=4, max_size=8))
def test_the_disk_is_what_the_programs_made_of_the_folder(shelf: Workbench, cases: list[Any]) -> None:
    check(shelf, cases)


def test_each_operation_is_done_where_there_is_a_place_for_it(shelf: Workbench) -> None:
    made = [["write", name, "00ff"] for name in ("kept", "named", "gone", "mode", "owner", "extended")]
    operations: list[list[Any]] = [
        ["write", "kept", "01"],
        ["mkdir", "folder"],
        ["symlink", "to", "../a"],
        ["link", "second", "kept"],
        ["rename", "named", "renamed"],
        ["remove", "gone"],
        ["chmod", "mode", 0o4755],
        ["chown", "owner", 1000, 100_000],
        ["xattr", "extended", "00"],
    ]
    assert check(shelf, [(made, operations)]) == {operation[0]: 1 for operation in operations}


def test_what_is_changed_at_once_is_seen_where_times_of_change_are_coarse(tmp_path: Path) -> None:
    """As on every file system before Linux 6.13, and on a ramfs still: changes within 4 ms have the same time."""
    on_a_ramfs = 'mount -t ramfs ramfs "$1" && exec "$2" -c "$3" "$1"'
    command = ("unshare", "--mount", "--propagation", "private", "sh", "-c", on_a_ramfs, "sh")
    done = subprocess.run(
        [*command, tmp_path, sys.executable, AT_ONCE], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout == "50\n", done.stdout + done.stderr


def check(shelf: Workbench, cases: list[Any]) -> Any:
    """How often each operation was done in `cases`; fails where the disk is not what they made of the folder."""
    (shelf.scratch / "cases.json").write_text(json.dumps(cases))
    done = shelf.run("python3", "/scratch/changing.py", "/scratch/cases.json", timeout=240)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)
