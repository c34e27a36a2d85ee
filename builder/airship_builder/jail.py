"""Runs a program that is not ours, and ends all that it has started.

`python3 -I -S jail.py SECONDS ROOT PROGRAM ARGUMENT…`: the program finds ROOT as its root folder. It is root without
the rights that we do not need to lend: it cannot leave ROOT, make device nodes, or look into our processes, which have
more rights than it has. The exit code is the program's, 128 and the number of the signal that ended it, TOO_LATE after
SECONDS, or CANNOT_END. Imports nothing that has to be installed.
"""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Final

CANNOT_START: Final = 126
CANNOT_END: Final = 125
TOO_LATE: Final = 124
PATIENCE: Final = 10.0
"""Seconds in which a killed process must be gone."""

_TICK: Final = 0.01  # seconds
_PR_CAPBSET_DROP: Final = 24  # of linux/prctl.h
_PR_SET_CHILD_SUBREAPER: Final = 36
_CAPABILITY_VERSION: Final = 0x20080522  # of linux/capability.h
_DROPPED: Final = {"setpcap": 8, "net_raw": 13, "mknod": 27, "audit_write": 29}
_SYS_CHROOT: Final = 18

_libc: Final = ctypes.CDLL(None, use_errno=True)


def main(argv: Sequence[str]) -> int:
    """Run the program to its end, then end what it left running."""
    seconds, root, *program = argv
    _call("prctl", _PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)  # whoever leaves its parent becomes our child
    child = os.fork()
    if child == 0:
        _become(root, program)
    code = _code_of(child, float(seconds))
    return code if _end_children() else CANNOT_END


def _become(root: str, program: list[str]) -> None:
    """Never returns."""
    try:
        dropped = [*_DROPPED.values()]
        if root != "/":
            os.chroot(root)
            dropped.append(_SYS_CHROOT)
        os.chdir("/")
        _clear_inheritable()
        for number in dropped:
            _call("prctl", _PR_CAPBSET_DROP, number, 0, 0, 0)
        os.execv(program[0], program)  # noqa: S606  (no shell is what we want)
    except OSError as error:
        sys.stderr.write(f"{program[0]}: {error.strerror}\n")
        sys.stderr.flush()
    os._exit(CANNOT_START)


def _clear_inheritable() -> None:
    """Root gets over an exec what is inheritable, though it is bounded."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    data = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; then the same of the higher 32
    _call("capget", header, data)
    data[2] = data[5] = 0
    _call("capset", header, data)


def _code_of(child: int, seconds: float) -> int:
    signal.signal(signal.SIGALRM, _raise)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        while True:
            pid, status = os.wait()
            if pid == child:
                signal.setitimer(signal.ITIMER_REAL, 0)
                code = os.waitstatus_to_exitcode(status)
                return code if code >= 0 else 128 - code
    except TimeoutError:
        return TOO_LATE


def _raise(_signal: int, _frame: FrameType | None) -> None:
    raise TimeoutError


def _end_children() -> bool:
    """Until there is none: the children of the killed become ours."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split():
            os.kill(int(pid), signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return True
        time.sleep(_TICK)
    return False


def _call(name: str, *arguments: object) -> None:
    if getattr(_libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
