"""What of the cluster is on this machine now: all that `down` has to remove, and nothing after it."""

import os
from pathlib import Path
from typing import Final

from hack.cluster import cgroups, chains, mounts, network, processes
from hack.cluster.locations import CONTROL_PLANE_STATE, NETWORK_NAME, STATE

FOLDERS: Final = (STATE, CONTROL_PLANE_STATE)
CNI_RESULTS: Final = Path("/var/lib/cni/results")
LOG_LINKS: Final = Path("/var/log/containers")
SOCKETS: Final = (Path("/run/containerd/s"), Path("/var/lib/kubelet/device-plugins"))
"""Where libcni, containerd and the kubelet write, whatever they are configured to: nothing of it need be ours."""
LOOP_DEVICES: Final = Path("/sys/block")


def find() -> dict[str, list[str]]:
    """Kind → what there is of it; an empty mapping when nothing is left."""
    found = {
        "process": [f"{process.pid} {process.name}" for process in all_processes()],
        "mount": [point for folder in FOLDERS for point in mounts.present(folder)],
        "network device": network.present(),
        "firewall chain": chains.present(),
        "control group": cgroups.present(),
        "loop device": loop_devices(LOOP_DEVICES, FOLDERS),
        "file": [str(path) for path in (*files(), *FOLDERS) if os.path.lexists(path)],
    }
    return {kind: names for kind, names in found.items() if names}


def all_processes() -> list[processes.Process]:
    """The daemons with their shims, and all that runs in pods."""
    daemons = [process for folder in FOLDERS for process in processes.running(folder)]
    return list({process.pid: process for process in (*daemons, *cgroups.processes())}.values())


def files() -> list[Path]:
    """What containerd, libcni and the kubelet wrote outside of the cluster's folder."""
    links = (link for link in LOG_LINKS.glob("*") if link.is_symlink() and link.readlink().is_relative_to(STATE))
    unix = Path("/proc/net/unix").read_text()
    return [*cni_results(CNI_RESULTS), *links, *(path for folder in SOCKETS for path in stale_sockets(folder, unix))]


def cni_results(folder: Path) -> list[Path]:
    """The files about our network's pods, and those about the loopback devices of the same pods."""
    ours = sorted(folder.glob(f"{NETWORK_NAME}-*-eth0"))
    pods = (path.name.removeprefix(f"{NETWORK_NAME}-").removesuffix("-eth0") for path in ours)
    loopbacks = (folder / f"cni-loopback-{pod}-lo" for pod in pods)
    return [*ours, *(path for path in loopbacks if path.exists())]


def stale_sockets(folder: Path, unix: str) -> list[Path]:
    """The sockets of `folder` that no process has open, by the text of /proc/net/unix."""
    open_ones = {line.split()[-1] for line in unix.splitlines()}
    return [entry for entry in folder.glob("*") if entry.is_socket() and str(entry) not in open_ones]


def loop_devices(block: Path, folders: tuple[Path, ...]) -> list[str]:
    """The loop devices whose backing file is in one of `folders`."""
    backing = ((device.name, device / "loop" / "backing_file") for device in block.glob("loop*"))
    return [
        name
        for name, file in backing
        if file.exists() and any(Path(file.read_text().strip()).is_relative_to(folder) for folder in folders)
    ]
