"""Start the daemons of a cluster, and find and end exactly those again, whatever became of their parent.

A daemon carries the state folder of its cluster in its environment, which its children (containerd's shims) inherit.
So no process ever runs that `down` cannot find, and a pid that was reused since is never taken for one of ours.
"""

import os
import select
import signal
import subprocess
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hack.cluster.commands import MINUTE, SECOND, tail
from hack.cluster.errors import ClusterError

MARKER: Final = "AIRSHIP_IMAGES_CLUSTER"
GRACE: Final = 10 * SECOND
"""Between SIGTERM and SIGKILL."""
DEATH: Final = MINUTE
"""After SIGKILL: what holds gigabytes, on a busy machine, takes seconds to give them back."""
EXEC_WINDOW: Final = 0.2 * SECOND
"""In the middle of execve(2) a process has neither arguments nor environment to see."""
EXEC_LOOKS: Final = 5
"""On a busy machine it may be kept there."""


@dataclass(frozen=True)
class Process:
    """A running process; `started`, in clock ticks since boot, tells it from a later one with the same pid."""

    pid: int
    started: int
    argv: tuple[str, ...]

    @property
    def name(self) -> str:
        """The program's file name."""
        return Path(self.argv[0]).name if self.argv else "?"


def start(folder: Path, name: str, argv: Sequence[str], *, dies_with_us: bool = False) -> subprocess.Popen[bytes]:
    """Start the daemon `name` of the cluster whose state is in `folder`, its output in log/NAME.log.

    With `dies_with_us` the kernel ends it together with the thread that calls this.
    """
    log = log_file(folder, name)
    log.parent.mkdir(parents=True, exist_ok=True)
    prefix = ("setpriv", "--pdeathsig", "TERM", "--") if dies_with_us else ()
    with log.open("ab") as sink:
        return subprocess.Popen(
            (*prefix, *argv),
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            env=os.environ | {MARKER: str(folder)},
            start_new_session=True,
        )


def ensure(folder: Path, name: str, argv: Sequence[str]) -> None:
    """Start the daemon, in the place of one with other arguments, unless it runs with exactly these."""
    if not _runs(folder, argv):
        end(process for process in running(folder) if process.name == Path(argv[0]).name)
        start(folder, name, argv)


def expect(folder: Path, name: str, argv: Sequence[str]) -> None:
    """ClusterError with the end of its log when the daemon does not run any more."""
    for _ in range(EXEC_LOOKS):
        if _runs(folder, argv):
            return
        time.sleep(EXEC_WINDOW)
    raise ClusterError(f"{name} has ended; see {log_tail(folder, name)}")


def log_file(folder: Path, name: str) -> Path:
    """Where the output of the daemon goes."""
    return folder / "log" / f"{name}.log"


def log_tail(folder: Path, name: str) -> str:
    """The last lines of a daemon's log, with the file's path, for an error message."""
    log = log_file(folder, name)
    return f"{log}:\n{tail(log.read_text(errors='replace')) if log.exists() else '(empty)'}"


def running(folder: Path) -> list[Process]:
    """The live processes of the cluster whose state is in `folder`."""
    return [process for entry in Path("/proc").iterdir() if entry.name.isdigit() and (process := _ours(entry, folder))]


def identify(pid: int) -> Process | None:
    """The process that has this pid now; None when there is none (a zombie is none)."""
    entry = Path("/proc") / str(pid)
    try:
        state, started = parse_stat((entry / "stat").read_text())
        argv = (entry / "cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if state in "ZX" else Process(pid, started, tuple(argv.decode(errors="replace").split("\0")[:-1]))


def parse_stat(stat: str) -> tuple[str, int]:
    """State and start time, fields 3 and 22 of proc(5) stat, whose field 2 may itself hold spaces and brackets."""
    fields = stat.rpartition(")")[2].split()
    return fields[0], int(fields[19])


def is_marked(environ: bytes, folder: Path) -> bool:
    """Whether the NUL-separated environment is that of a daemon of the cluster in `folder`."""
    return f"{MARKER}={folder}".encode() in environ.split(b"\0")


def end(processes: Iterable[Process], *, grace: float = GRACE) -> None:
    """SIGTERM, then after `grace` seconds SIGKILL; returns when all are gone, ClusterError when one stays."""
    waiting = [descriptor for process in processes if (descriptor := _open(process)) is not None]
    try:
        remaining = _signalled(waiting, signal.SIGTERM, grace)
        remaining = _signalled(remaining, signal.SIGKILL, DEATH)
        if remaining:
            raise ClusterError(f"{len(remaining)} processes survived SIGKILL for {DEATH:.0f} s; `ps axf` shows them")
    finally:
        for descriptor in waiting:
            os.close(descriptor)


def _runs(folder: Path, argv: Sequence[str]) -> bool:
    # compared from the end, as setpriv stands before the command for a moment
    return any(process.argv[-len(argv) :] == tuple(argv) for process in running(folder))


def _ours(entry: Path, folder: Path) -> Process | None:
    try:
        if not is_marked((entry / "environ").read_bytes(), folder):
            return None
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return None
    return identify(int(entry.name))


def _open(process: Process) -> int | None:
    """A descriptor of the very process, or None when it has gone: signals through it cannot reach another one."""
    try:
        descriptor = os.pidfd_open(process.pid)
    except ProcessLookupError:
        return None
    now = identify(process.pid)
    if now is not None and now.started == process.started:
        return descriptor
    os.close(descriptor)
    return None


def _signalled(descriptors: list[int], number: signal.Signals, timeout: float) -> list[int]:
    """Send the signal to all; those that still run after `timeout` seconds."""
    for descriptor in descriptors:
        try:
            signal.pidfd_send_signal(descriptor, number)
        except ProcessLookupError:
            continue
    remaining = set(descriptors)
    deadline = time.monotonic() + timeout
    while remaining and (left := deadline - time.monotonic()) > 0:
        # a pidfd becomes readable when its process has ended
        remaining -= set(select.select(remaining, (), (), left)[0])
    return list(remaining)
