"""What is mounted below the cluster's folder, in this mount namespace, and how does it go away?"""

import re
from pathlib import Path
from typing import Final

from hack.cluster.commands import output

OCTAL: Final = re.compile(r"\\([0-7]{3})")


def below(mountinfo: str, folder: Path) -> list[str]:
    """The mount points at and below `folder`, the last mounted first, of the text of /proc/self/mountinfo."""
    points = [OCTAL.sub(lambda code: chr(int(code[1], 8)), line.split()[4]) for line in mountinfo.splitlines()]
    return [point for point in reversed(points) if Path(point).is_relative_to(folder)]


def present(folder: Path) -> list[str]:
    """The mount points at and below `folder` now, the last mounted first."""
    return below(Path("/proc/self/mountinfo").read_text(), folder)


def remove(folder: Path) -> None:
    """Unmount all of them; lazily, as what still used them has just been killed."""
    for point in present(folder):
        output(("umount", "--lazy", point))
