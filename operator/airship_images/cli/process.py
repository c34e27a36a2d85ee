"""How does one long program run: followed line by line, bounded in time, and ended with all its children."""

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

GRACE: Final = timedelta(seconds=5)
"""Between asking the program to end and ending it."""


def follow(argv: Sequence[str], timeout: timedelta, on_line: Callable[[str], None]) -> int:
    """Run `argv`, give each line of its output (both streams) to `on_line`, and return its exit code.

    Nothing of it is left when this returns or raises. Raises TimeoutError when it was ended after `timeout`.
    """
    with _running(argv, timeout, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert process.stdout is not None  # noqa: S101  (we asked for a pipe)
        for line in process.stdout:
            on_line(line.rstrip("\n"))
        return process.wait()


def attend(argv: Sequence[str], timeout: timedelta) -> int:
    """Run `argv` on our own standard output and error, and return its exit code; otherwise as `follow`."""
    with _running(argv, timeout) as process:
        return process.wait()


@contextmanager
def _running(
    argv: Sequence[str], timeout: timedelta, stdout: int | None = None, stderr: int | None = None
) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    late = threading.Event()
    alarm = threading.Timer(timeout.total_seconds(), _end_late, (process, late))
    alarm.start()
    try:
        yield process
    finally:
        alarm.cancel()
        _end(process)
        if process.stdout:
            process.stdout.close()
    if late.is_set():
        raise TimeoutError


def _end_late(process: subprocess.Popen[str], late: threading.Event) -> None:
    late.set()
    _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            return
        os.killpg(process.pid, number)
        try:
            process.wait(GRACE.total_seconds())
        except subprocess.TimeoutExpired:
            continue
