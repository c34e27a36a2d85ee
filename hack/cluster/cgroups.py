"""The control groups below which all pods of the cluster run, in each hierarchy of cgroup v1 or the one of v2."""

import os
from pathlib import Path
from typing import Final

from hack.cluster.commands import MINUTE
from hack.cluster.locations import CGROUP
from hack.cluster.processes import Process, identify
from hack.cluster.waiting import until

MOUNT: Final = Path("/sys/fs/cgroup")


def make() -> None:
    """The root group that the kubelet is told of, in every hierarchy that takes one."""
    for hierarchy in _hierarchies():
        group = hierarchy / CGROUP
        group.mkdir(exist_ok=True)
        # a cpuset of cgroup v1 starts empty and takes no process until it has a value
        for name in ("cpuset.cpus", "cpuset.mems"):
            if hierarchy != MOUNT and (group / name).exists():
                (group / name).write_text((hierarchy / name).read_text())


def processes() -> list[Process]:
    """All processes in pods."""
    pids = {pid for group in _groups() for pid in _pids(group)}
    return [process for pid in pids if (process := identify(pid)) is not None]


def present() -> list[str]:
    """The root group in each hierarchy where it exists."""
    return [str(hierarchy / CGROUP) for hierarchy in _hierarchies() if (hierarchy / CGROUP).exists()]


def remove() -> None:
    """Remove the groups, whose processes have ended; the kernel keeps a group busy for a moment longer."""
    until(_removed, "removing control groups", MINUTE, lambda: ", ".join(present()))


def _removed() -> bool:
    for group in reversed(_groups()):
        try:
            group.rmdir()
        except OSError:
            return False
    return True


def _pids(group: Path) -> list[int]:
    try:
        return [int(pid) for pid in (group / "cgroup.procs").read_text().split()]
    except OSError:  # whoever made the group has removed it meanwhile
        return []


def _hierarchies() -> list[Path]:
    if (MOUNT / "cgroup.controllers").exists():
        return [MOUNT]
    return [entry for entry in MOUNT.iterdir() if entry.is_dir() and not entry.is_symlink() and os.path.ismount(entry)]


def _groups() -> list[Path]:
    """Our groups, parents before their children."""
    return [Path(found) for top in present() for found, _, _ in os.walk(top)]
