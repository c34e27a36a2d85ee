"""Does the cluster know its own processes, and never take another's for one of them?"""

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hack.cluster import processes
from hack.cluster.errors import ClusterError

SLEEP = (sys.executable, "-c", "import time; time.sleep(60)")
DEAF = (sys.executable, "-c", "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    processes.end(processes.running(tmp_path), grace=0)


def test_a_name_with_spaces_and_brackets_does_not_shift_the_start_time() -> None:
    fields = ["S", *(str(number) for number in range(4, 53))]
    assert processes.parse_stat(f"42 (a) b (c) {' '.join(fields)}") == ("S", 22)


def test_only_the_exact_state_folder_marks_a_process() -> None:
    environ = b"PATH=/bin\0AIRSHIP_IMAGES_CLUSTER=/var/lib/one\0"
    assert processes.is_marked(environ, Path("/var/lib/one"))
    assert not processes.is_marked(environ, Path("/var/lib/on"))
    assert not processes.is_marked(b"X=AIRSHIP_IMAGES_CLUSTER=/var/lib/one\0", Path("/var/lib/one"))


def test_a_daemon_and_its_children_are_found_by_the_folder_alone(folder: Path) -> None:
    script = f"import subprocess; subprocess.run({SLEEP!r})"
    processes.start(folder, "parent", (sys.executable, "-c", script))
    _wait_for(folder, 2)
    assert processes.running(folder / "other") == []
    processes.end(processes.running(folder))
    assert processes.running(folder) == []


def test_a_running_daemon_is_not_started_twice_and_is_replaced_when_its_arguments_change(folder: Path) -> None:
    processes.ensure(folder, "sleeper", SLEEP)
    processes.expect(folder, "sleeper", SLEEP)
    processes.ensure(folder, "sleeper", SLEEP)
    (first,) = _wait_for(folder, 1)
    processes.ensure(folder, "sleeper", DEAF)
    processes.expect(folder, "sleeper", DEAF)
    (second,) = _wait_for(folder, 1)
    assert (second.pid, second.started) != (first.pid, first.started)


def test_a_daemon_that_ended_is_reported_with_the_end_of_its_log(folder: Path) -> None:
    argv = (sys.executable, "-c", "print('no such flag')")
    processes.start(folder, "broken", argv).wait()
    with pytest.raises(ClusterError, match=r"broken has ended; see .*broken\.log:\nno such flag"):
        processes.expect(folder, "broken", argv)


def test_a_reused_pid_is_left_alone(folder: Path) -> None:
    child = processes.start(folder, "sleeper", SLEEP)
    (process,) = _wait_for(folder, 1)
    processes.end([replace(process, started=process.started - 1)])
    assert child.poll() is None


def test_a_daemon_that_ignores_sigterm_is_killed_after_the_grace_time(folder: Path) -> None:
    child = processes.start(folder, "deaf", DEAF)
    processes.end(_wait_for(folder, 1), grace=0.2)
    assert child.wait() < 0


def test_a_child_that_shall_not_outlive_us_does_not(folder: Path) -> None:
    script = (
        "import time; from pathlib import Path; from hack.cluster import processes\n"
        f"folder = Path({str(folder)!r})\n"
        f"processes.start(folder, 'sleeper', {SLEEP!r}, dies_with_us=True)\n"
        f"while not any(each.argv == {SLEEP!r} for each in processes.running(folder)): time.sleep(0.05)\n"
    )
    subprocess.run((sys.executable, "-c", script), check=True, timeout=30)
    _wait_for(folder, 0)


def _wait_for(folder: Path, count: int) -> list[processes.Process]:
    for _ in range(600):  # half a minute: a busy machine puts off what a killed process does last
        found = [process for process in processes.running(folder) if process.argv]
        if len(found) == count:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{folder}: {found}")
