"""Which tools roots does nobody need any more? Each release may have packages of its own, and leaves a gigabyte."""

import os
import time
from pathlib import Path
from typing import Final

from airship_builder import locks
from airship_builder.run import MINUTE, log, run

UNUSED: Final = 30 * 24 * 60 * MINUTE
"""For so long nobody must have used a root before it is removed."""
_USED: Final = ".used"  # ends the name of the file whose time is the last use; held together by who uses the root


def use(root: Path) -> None:
    """From now on, until this process ends, nobody removes `root`; those that nobody used for long are removed."""
    marker = root.with_name(root.name + _USED)
    marker.touch()
    os.utime(marker)
    locks.together(marker)  # never released
    for other in root.parent.glob(f"*{_USED}"):
        if other.stat().st_mtime < time.time() - UNUSED:
            _remove(other)


def _remove(marker: Path) -> None:
    lock = locks.alone_if_free(marker)
    if lock is None:
        return
    root = marker.with_name(marker.name.removesuffix(_USED))
    log(f"removing {root}, which nobody used for a month")
    run("rm", "-rf", "--one-file-system", root)
    marker.unlink()
    lock.release()
