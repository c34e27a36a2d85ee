"""Remove everything that `up` made, from whatever state it was left in, and say what could not be removed."""

import shutil
from pathlib import Path
from typing import Final

from hack.cluster import cgroups, chains, cluster, kernel, leftovers, mounts, network, processes
from hack.cluster.commands import step
from hack.cluster.errors import ClusterError
from hack.cluster.locations import CONTROL_PLANE_STATE

SYSTEM_FOLDERS: Final = (Path("/run"), Path("/var/lib"), Path("/var/log"))


def down() -> None:
    """Remove the cluster and the control plane; ClusterError with what is left, if anything."""
    with step("processes"):
        _end_processes()
    with step("mounts, network devices, firewall chains, control groups"):
        for folder in leftovers.FOLDERS:
            mounts.remove(folder)
        network.remove()
        chains.remove()
        cgroups.remove()
        kernel.restore(cluster.KERNEL_SETTINGS)
    with step("files"):
        for path in leftovers.files():
            path.unlink(missing_ok=True)
        _remove_empty(leftovers.CNI_RESULTS, leftovers.LOG_LINKS, *leftovers.SOCKETS)
        for folder in leftovers.FOLDERS:
            shutil.rmtree(folder, ignore_errors=not folder.exists())
    if left := leftovers.find():
        raise ClusterError(f"still there after taking down: {describe(left)}")


def down_control_plane() -> None:
    """Remove the control plane that stands alone, and leave the cluster."""
    processes.end(processes.running(CONTROL_PLANE_STATE), grace=0)
    if CONTROL_PLANE_STATE.exists():
        shutil.rmtree(CONTROL_PLANE_STATE)


def describe(left: dict[str, list[str]]) -> str:
    """One line for each kind."""
    return "\n".join(f"{kind}: {', '.join(names)}" for kind, names in left.items()) or "nothing"


def _end_processes() -> None:
    """First what would start others again, then the pods and the rest; at once, as nothing they hold is kept."""
    starters = ("kubelet", "kube-controller-manager", "kube-scheduler", "kube-proxy", "containerd")
    processes.end((process for process in leftovers.all_processes() if process.name in starters), grace=0)
    processes.end(leftovers.all_processes(), grace=0)


def _remove_empty(*folders: Path) -> None:
    """Remove the folders that their programs made, and the programs' own above them, where nobody uses them."""
    for folder in folders:
        for each in (folder, folder.parent):
            if each not in SYSTEM_FOLDERS and each.is_dir() and not any(each.iterdir()):
                each.rmdir()
