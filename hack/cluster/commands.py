"""Run other programs: quickly with their output, or at length with a log file and the elapsed time shown."""

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from hack.cluster.errors import ClusterError

SECOND: Final = 1.0
MINUTE: Final = 60 * SECOND
QUIET_INTERVAL: Final = 30 * SECOND
"""How often a running command says so where standard error is no terminal."""
TAIL_LINES: Final = 15


def say(text: str) -> None:
    """One line of progress on standard error."""
    print(text, file=sys.stderr, flush=True)


@contextmanager
def step(what: str) -> Iterator[None]:
    """Say how many seconds `what` took."""
    start = time.monotonic()
    yield
    say(f"{what}: done in {time.monotonic() - start:.1f} s")


def output(
    argv: Sequence[str], *, text: str = "", timeout: float = MINUTE, env: Mapping[str, str] | None = None
) -> str:
    """The standard output of `argv`, fed with `text`; ClusterError with its last lines when it fails."""
    try:
        done = subprocess.run(argv, input=text, capture_output=True, text=True, timeout=timeout, env=env, check=False)
    except FileNotFoundError as error:
        raise ClusterError(f"{argv[0]} is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise ClusterError(f"{' '.join(argv[:3])} took longer than {timeout:.0f} s") from error
    if done.returncode != 0:
        raise ClusterError(f"{' '.join(argv[:4])} … failed: {tail(done.stderr or done.stdout)}")
    return done.stdout


def logged(
    what: str,
    argv: Sequence[str],
    log: Path,
    *,
    timeout: float,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> None:
    """Run `argv` with its output appended to `log`, showing that `what` goes on; ClusterError names the log."""
    log.parent.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    with log.open("ab") as sink:
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, cwd=cwd, env=env)
        try:
            _follow(process, what, start, timeout)
        except BaseException:
            process.kill()
            process.wait()
            raise
    if process.returncode != 0:
        raise ClusterError(f"{what} failed; its log is {log}:\n{tail(log.read_text(errors='replace'))}")
    say(f"{what}: done in {time.monotonic() - start:.1f} s")


def _follow(process: subprocess.Popen[bytes], what: str, start: float, timeout: float) -> None:
    terminal = sys.stderr.isatty()
    said = start
    while True:
        try:
            process.wait(timeout=SECOND)
            break
        except subprocess.TimeoutExpired:
            now = time.monotonic()
        if now - start > timeout:
            raise ClusterError(f"{what} took longer than {timeout:.0f} s")
        if terminal:
            print(f"{what}: {now - start:.0f} s", end="\r", file=sys.stderr, flush=True)
        elif now - said >= QUIET_INTERVAL:
            say(f"{what}: {now - start:.0f} s …")
            said = now


def tail(text: str) -> str:
    """The last lines of a program's output."""
    return "\n".join(text.strip().splitlines()[-TAIL_LINES:])
