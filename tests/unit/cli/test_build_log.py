"""What does a person see of a running build?"""

import os
import pty
import subprocess
import sys

import pytest

from airship_images.api.build import PROGRESS_PREFIX, Progress
from airship_images.cli.build_log import LAST_LINES, BuildLog
from airship_images.cli.progress import Lines

SECRET = "hunter2-hunter2"


def line(percent: int, message: str, step: str = "install") -> str:
    return PROGRESS_PREFIX + Progress(phase="rootfs", step=step, percent=percent, message=message).model_dump_json()


def shown(lines: list[str], capsys: pytest.CaptureFixture[str], *, verbose: bool = False, failed: bool = False) -> str:
    log = BuildLog(Lines(), [SECRET], verbose=verbose)
    for one in lines:
        log.take(one)
    if failed:
        log.show_last()
    out, err = capsys.readouterr()
    assert out == ""
    return err


def test_progress_is_a_line_for_each_step_and_each_quarter_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    lines = [line(percent, f"package {percent}") for percent in range(0, 101, 5)]
    assert [text.split()[1] for text in shown(lines, capsys).splitlines()] == ["0%", "25%", "50%", "75%", "100%"]


def test_the_log_is_shown_when_it_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(["Setting up sudo"], capsys) == ""
    assert shown(["Setting up sudo"], capsys, verbose=True) == "Setting up sudo\n"


def test_the_end_of_the_log_is_shown_once_when_the_build_fails(capsys: pytest.CaptureFixture[str]) -> None:
    lines = [f"line {number}" for number in range(100)]
    assert shown(lines, capsys, failed=True).splitlines() == lines[-LAST_LINES:]
    assert shown(lines, capsys, failed=True, verbose=True).splitlines() == lines


def test_no_secret_is_shown_in_log_or_progress(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown([f"key {SECRET}", line(50, f"key {SECRET}")], capsys, verbose=True, failed=True)
    assert SECRET not in text
    assert text.count("[redacted]") == 2


@pytest.mark.parametrize("rest", ["", "not JSON", '{"phase": "paint"}', "[]"])
def test_a_program_that_prints_our_prefix_is_log(capsys: pytest.CaptureFixture[str], rest: str) -> None:
    assert shown([PROGRESS_PREFIX + rest], capsys, verbose=True) == f"{PROGRESS_PREFIX}{rest}\n"


PROGRAM = """
from airship_images.api.build import Progress
from airship_images.cli.progress import display
with display() as shown:
    shown.say("a line above")
    shown.show(Progress(phase="rootfs", step="install", percent=40, message="installing 223 packages"))
"""


def on_a_terminal(kind: str) -> str:
    """What PROGRAM writes to a terminal of `kind`."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": kind, "COLUMNS": "100"}
    subprocess.run([sys.executable, "-c", PROGRAM], stderr=theirs, env=environment, check=True, timeout=60)
    os.close(theirs)
    written = os.read(ours, 10_000).decode()
    os.close(ours)
    return written


def test_a_terminal_gets_a_bar() -> None:
    written = on_a_terminal("xterm")
    for words in ("a line above", "rootfs", "40%", "installing 223 packages", "\x1b["):
        assert words in written


def test_a_terminal_that_cannot_move_its_cursor_gets_lines() -> None:
    assert on_a_terminal("dumb").splitlines() == ["a line above", "rootfs  40% installing 223 packages"]
