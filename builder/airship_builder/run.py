"""How does the builder run a program: logged, timed, bounded, and with a failure that shows the last lines."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from airship_images.api.errors import OutsideError
from airship_images.api.reasons import Reason

LAST_LINES: Final = 60  # apt explains at length
MINUTE: Final = 60.0
_NO_SPACE: Final = "No space left on device"


class ToolError(OutsideError):
    """A program that we ran failed; `lines` are the last ones of its output."""

    def __init__(self, program: str, outcome: str, lines: tuple[str, ...], *, reason: Reason) -> None:
        tail = "; ".join(line for line in lines[-3:] if line.strip())
        super().__init__(f"{program} {outcome}: {tail}" if tail else f"{program} {outcome}", reason=reason)
        self.lines = lines


def log(message: str) -> None:
    """Write one line to the log: standard error, since standard output is for progress and results."""
    sys.stderr.write(message + "\n")
    sys.stderr.flush()


def run(
    *argv: str | Path,
    timeout: float = 10 * MINUTE,
    env: Mapping[str, str] | None = None,
    stdin: str | None = None,
    quiet: bool = False,
    ok: tuple[int, ...] = (0,),
) -> str:
    """Run `argv` with `env` added to our own environment and give its output, standard error included.

    Each line goes to the log unless `quiet`. `timeout` is in seconds.
    Raises ToolError when the program ends with a code not in `ok`, or was killed after `timeout`.
    """
    program = Path(argv[0]).name
    started = time.monotonic()
    process = subprocess.Popen(
        [str(arg) for arg in argv],
        stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "LC_ALL": "C.UTF-8", **(env or {})},
        text=True,
        errors="replace",
        start_new_session=True,
    )
    timed_out = threading.Event()
    alarm = threading.Timer(timeout, _kill_group, (process, timed_out))
    alarm.start()
    try:
        lines = _follow(process, stdin, quiet=quiet)
    except BaseException:
        _kill_group(process, timed_out)
        raise
    finally:
        alarm.cancel()
    last = tuple(deque(lines, LAST_LINES))
    if timed_out.is_set():
        raise ToolError(program, f"did not end within {timeout:.0f} s", last, reason=Reason.TIMED_OUT)
    if process.returncode not in ok:
        full = any(_NO_SPACE in line for line in last)
        reason = Reason.DISK_FULL if full else Reason.TOOL_FAILED
        raise ToolError(program, f"ended with code {process.returncode}", last, reason=reason)
    log(f"+ {program} took {time.monotonic() - started:.1f} s")
    return "\n".join(lines)


def ask(*argv: str | Path, timeout: float = MINUTE) -> str:
    """What the program `argv` writes to standard output alone, for programs to read; its errors go to the log.

    Raises ToolError as `run` does.
    """
    program = Path(argv[0]).name
    try:
        done = subprocess.run([str(arg) for arg in argv], capture_output=True, timeout=timeout, text=True, check=False)
    except subprocess.TimeoutExpired as error:
        raise ToolError(program, f"did not end within {timeout:.0f} s", (), reason=Reason.TIMED_OUT) from error
    for line in done.stderr.splitlines():
        log(line)
    if done.returncode != 0:
        last = tuple(done.stderr.splitlines()[-LAST_LINES:])
        raise ToolError(program, f"ended with code {done.returncode}", last, reason=Reason.TOOL_FAILED)
    return done.stdout


def _follow(process: subprocess.Popen[str], stdin: str | None, *, quiet: bool) -> list[str]:
    feeder = threading.Thread(target=_feed, args=(process, stdin)) if stdin is not None else None
    if feeder:
        feeder.start()
    lines = []
    assert process.stdout is not None  # noqa: S101  (we asked for a pipe)
    for line in process.stdout:
        lines.append(line.rstrip("\n"))
        if not quiet:
            log(lines[-1])
    process.wait()
    if feeder:
        feeder.join()
    return lines


def _feed(process: subprocess.Popen[str], text: str | None) -> None:
    assert process.stdin is not None  # noqa: S101  (we asked for a pipe)
    try:
        process.stdin.write(text or "")
        process.stdin.close()
    except BrokenPipeError:
        log(f"{process.args!r} stopped reading its input")  # its exit code says why


def _kill_group(process: subprocess.Popen[str], timed_out: threading.Event) -> None:
    timed_out.set()
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
