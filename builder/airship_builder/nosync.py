"""Run a program whose writes need not survive a crash: `nosync.py PROGRAM ARGUMENT…`.

A build that dies is made again from its inputs, so what its tools bring to the disk before it is stored is waste; dpkg
alone asks for it several times a package. A seccomp filter answers those calls with success, for the program and all
that it starts, whatever root they see. What is stored is synced by ourselves (cache.py, publish.py).
"""

import os
import sys
from typing import Final

import seccomp

SYNC_CALLS: Final = ("fsync", "fdatasync", "sync", "syncfs", "sync_file_range")


def main(argv: list[str]) -> None:
    """Become the program `argv`, with no way to wait for the disk."""
    answers = seccomp.SyscallFilter(defaction=seccomp.ALLOW)
    for call in SYNC_CALLS:
        answers.add_rule(seccomp.ERRNO(0), call)
    answers.load()
    os.execvp(argv[0], argv)  # noqa: S606  (an argument list, no shell)


if __name__ == "__main__":
    main(sys.argv[1:])
