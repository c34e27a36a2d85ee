"""How does a long program run and end?"""

import os
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from airship_images.cli.process import follow

A_MINUTE = timedelta(minutes=1)


def is_running(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def is_gone(pid: int) -> bool:
    """A signal arrives when the killed process gets to run, which a busy machine puts off."""
    end = time.monotonic() + 60
    while is_running(pid) and time.monotonic() < end:
        time.sleep(0.01)
    return not is_running(pid)


def test_each_line_of_both_streams_is_handed_on_and_the_exit_code_given() -> None:
    lines: list[str] = []
    code = follow(["sh", "-c", "echo one; echo two >&2; exit 3"], A_MINUTE, lines.append)
    assert (code, lines) == (3, ["one", "two"])


def test_a_program_that_takes_too_long_is_ended_with_its_children() -> None:
    lines: list[str] = []
    started = time.monotonic()
    with pytest.raises(TimeoutError):
        follow(["sh", "-c", "sleep 600 & echo $!; wait"], timedelta(seconds=3), lines.append)
    assert time.monotonic() - started < 120
    assert is_gone(int(lines[0]))


def test_an_error_while_reading_ends_the_program() -> None:
    def refuse(line: str) -> None:
        pids.append(int(line))
        raise ValueError(line)

    pids: list[int] = []
    with pytest.raises(ValueError, match=r"\d+"):
        follow(["sh", "-c", "echo $$; exec sleep 600"], A_MINUTE, refuse)
    assert is_gone(pids[0])


@pytest.mark.parametrize(("number", "code"), [(2, 130), (15, 143), (1, 129)])
def test_a_signal_ends_the_children_and_gives_the_code_of_the_signal(tmp_path: Path, number: int, code: int) -> None:
    program = f"""
import sys
from datetime import timedelta
from pathlib import Path
from airship_images.cli import process, signals
signals.raise_on_signals()
try:
    note = Path({str(tmp_path / "pid")!r}).write_text
    process.follow(["sh", "-c", "echo $$; exec sleep 600"], timedelta(minutes=1), note)
except signals.Interrupted as interrupted:
    sys.exit(interrupted.exit_code)
"""
    with subprocess.Popen([sys.executable, "-c", program]) as running:
        deadline = time.monotonic() + 60
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        os.kill(running.pid, number)
        assert running.wait(60) == code
    assert is_gone(int((tmp_path / "pid").read_text()))
