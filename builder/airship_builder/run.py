"""How does the builder run a program: logged, timed, bounded, and with a failure that shows the last lines."""

import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Final

from airship_builder import memory
from airship_images.api.errors import OutsideError
from airship_images.api.reasons import Reason

LAST_LINES: Final = 20
KEPT_LINES: Final = 5000
"""Of a failed program, to look for its reason: dpkg may say it at the beginning, and then goes on."""
MINUTE: Final = 60.0
_NO_SPACE: Final = ("No space left on device", "Disk quota exceeded")
_UMASK: Final = 0o022  # whatever that of whoever started us is
_LONGEST_LINE: Final = 1 << 20  # bytes; a longer one is taken for several
_TICK: Final = 0.5  # seconds
_UNSYNCED: Final = ("python3", str(Path(__file__).with_name("nosync.py")))


class ToolError(OutsideError):
    """A program that we ran failed; `lines` are the last ones of its output."""

    def __init__(
        self, program: str, outcome: str, lines: tuple[str, ...], *, reason: Reason, code: int | None = None
    ) -> None:
        tail = "; ".join(line for line in lines[-3:] if line.strip())
        super().__init__(f"{program} {outcome}: {tail}" if tail else f"{program} {outcome}", reason=reason)
        self.lines = lines
        self.code = code


def log(message: str) -> None:
    """Write one line to the log: standard error, since standard output is for progress and results."""
    sys.stderr.write(message + "\n")
    sys.stderr.flush()


def run(
    *argv: str | Path,
    timeout: float = 10 * MINUTE,
    env: Mapping[str, str] | None = None,
    stdin: str | IO[bytes] | None = None,
    quiet: bool = False,
    sync: bool = True,
    ok: tuple[int, ...] = (0,),
    keep: int | None = None,
) -> str:
    """Run `argv` with `env` added to our own environment and give its output, standard error included.

    It reads the text or the open file `stdin`. Each line goes to the log; when `quiet`, the last ones of a failure do.
    `timeout` is in seconds. Without `sync`, nothing that the program writes waits for the disk (nosync.py). The last
    `keep` lines are given, or all.
    Raises ToolError when the program ends with a code not in `ok`, or was killed after `timeout`.
    """
    program = Path(argv[0]).name
    started, oom_kills = time.monotonic(), memory.oom_kills()
    process = subprocess.Popen(
        [*(() if sync else _UNSYNCED), *(str(arg) for arg in argv)],
        stdin=_source(stdin),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "LC_ALL": "C.UTF-8", **(env or {})},
        umask=_UMASK,
        start_new_session=True,
    )
    timed_out = threading.Event()
    alarm = threading.Timer(timeout, _kill_group, (process, timed_out))
    alarm.start()
    try:
        text = stdin if isinstance(stdin, str) else None
        lines = _follow(process, text, deque(maxlen=keep), quiet=quiet)
    except BaseException:
        _kill_group(process, timed_out)
        raise
    finally:
        alarm.cancel()
    if timed_out.is_set() or process.returncode not in ok:
        last = tuple(deque(lines, KEPT_LINES))
        for line in last if quiet else ():
            log(line)
        late = timeout if timed_out.is_set() else None
        raise _failure(program, process.returncode, last, late=late, starved=memory.oom_kills() > oom_kills)
    log(f"+ {program} took {time.monotonic() - started:.1f} s")
    return "\n".join(lines)


def _source(stdin: str | IO[bytes] | None) -> IO[bytes] | int:
    if stdin is None:
        return subprocess.DEVNULL
    return subprocess.PIPE if isinstance(stdin, str) else stdin


def _failure(program: str, code: int, last: tuple[str, ...], *, late: float | None, starved: bool) -> ToolError:
    """What went wrong; a shell gives 128 + N for what signal N has ended."""
    if late is not None:
        return ToolError(program, f"did not end within {late:.0f} s", last, reason=Reason.TIMED_OUT)
    if starved:
        outcome = "was ended because memory ran out; give the build more (spec.builder.resources.limits.memory)"
        return ToolError(program, outcome, last, reason=Reason.OUT_OF_MEMORY)
    if any(sign in line for line in last for sign in _NO_SPACE):
        return ToolError(program, f"ended with code {code}", last, reason=Reason.DISK_FULL)
    if code in (-signal.SIGKILL, 128 + signal.SIGKILL):
        return ToolError(program, "was killed from outside", last, reason=Reason.TOOL_FAILED, code=code)
    return ToolError(program, f"ended with code {code}", last, reason=Reason.TOOL_FAILED, code=code)


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
        last = tuple(done.stderr.splitlines()[-KEPT_LINES:])
        raise ToolError(program, f"ended with code {done.returncode}", last, reason=Reason.TOOL_FAILED)
    return done.stdout


def _follow(process: subprocess.Popen[bytes], stdin: str | None, lines: deque[str], *, quiet: bool) -> deque[str]:
    feeder = threading.Thread(target=_feed, args=(process, stdin)) if stdin is not None else None
    if feeder:
        feeder.start()
    for line in _lines(process):
        lines.append(line)
        if not quiet:
            log(line)
    process.wait()
    if feeder:
        feeder.join()
    return lines


def _lines(process: subprocess.Popen[bytes]) -> Iterator[str]:
    """Lines of its output until it ends; what it left running with its output open is not waited for."""
    assert process.stdout is not None  # noqa: S101  (we asked for a pipe)
    os.set_blocking(process.stdout.fileno(), False)
    rest = b""
    with process.stdout as stream, selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while True:
            ended = process.poll() is not None  # asked before we look: what it wrote at its end is there then
            if not selector.select(_TICK):
                if ended:
                    break
                continue
            data = stream.read()
            if not data:
                break
            *whole, rest = (rest + data).split(b"\n")
            if len(rest) > _LONGEST_LINE:
                whole, rest = [*whole, rest], b""
            yield from (line.decode(errors="replace").rstrip("\r") for line in whole)
    if rest:
        yield rest.decode(errors="replace")


def _feed(process: subprocess.Popen[bytes], text: str | None) -> None:
    assert process.stdin is not None  # noqa: S101  (we asked for a pipe)
    try:
        process.stdin.write((text or "").encode())
        process.stdin.close()
    except BrokenPipeError:
        log(f"{process.args!r} stopped reading its input")  # its exit code says why


def _kill_group(process: subprocess.Popen[bytes], timed_out: threading.Event) -> None:
    timed_out.set()
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
