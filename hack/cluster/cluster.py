"""Bring up the whole cluster, or its control plane alone; doing it again changes nothing."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from hack.cluster import (
    binaries,
    cgroups,
    chains,
    components,
    containerd,
    control_plane,
    images,
    kernel,
    network,
    packages,
    processes,
    storage,
)
from hack.cluster.commands import MINUTE, output, say, step
from hack.cluster.errors import ClusterError
from hack.cluster.locations import (
    API_PORT,
    CONTROL_PLANE_STATE,
    LOOPBACK,
    NODE_ADDRESS,
    NODE_NAME,
    STATE,
)
from hack.cluster.waiting import until

KERNEL_SETTINGS: Final = STATE / "kernel-settings.json"
LOCK: Final = Path("/run/lock/airship-images-cluster.lock")
NODE_TIMEOUT: Final = 5 * MINUTE


@contextmanager
def alone() -> Iterator[None]:
    """Only one `up`, `down` or `images` at a time on this machine."""
    if os.geteuid() != 0:
        raise ClusterError("the cluster makes network devices and mounts: run this as root")
    LOCK.parent.mkdir(parents=True, exist_ok=True)
    with LOCK.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another hack.cluster command to end …")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def whole() -> control_plane.Daemons:
    """The control plane of the whole cluster, on the bridge."""
    ports = control_plane.lasting_ports(STATE)
    on_bridge = control_plane.Ports(API_PORT, ports.etcd, ports.etcd_peer)
    return control_plane.Daemons(STATE, NODE_ADDRESS, on_bridge, components.APISERVER_ARGUMENTS)


def small() -> control_plane.Daemons:
    """The control plane that stands alone, on loopback."""
    ports = control_plane.lasting_ports(CONTROL_PLANE_STATE)
    return control_plane.Daemons(CONTROL_PLANE_STATE, LOOPBACK, ports, control_plane.WITHOUT_CONTROLLERS)


def up_control_plane() -> None:
    """etcd and kube-apiserver in the background, until `down`."""
    with step("control plane"):
        _start_control_plane(small())


def up() -> None:
    """The whole cluster, with its node Ready."""
    packages.ensure((*packages.CONTROL_PLANE, *packages.NODE, *packages.IMAGES))
    for name in binaries.CLUSTER:
        binaries.ensure(name)
    _refuse_neighbours()
    STATE.mkdir(parents=True, exist_ok=True)
    _prepare_machine()
    daemons = whole()
    with step("control plane"):
        _start_control_plane(daemons)
    with step("containerd"):
        containerd.configure()
        processes.ensure(STATE, "containerd", containerd.COMMAND)
        containerd.wait()
        images.load_pause()
    with step("node"):
        components.configure(daemons.certificates, daemons.url)
        commands = components.commands(daemons.certificates)
        for name, argv in commands.items():
            processes.ensure(STATE, name, argv)
        storage.ensure(kubectl)
        _wait_for_node(commands)


def kubectl(*arguments: str, text: str = "") -> str:
    """The output of kubectl on the whole cluster, as its administrator."""
    program = str(binaries.ensure("kubectl"))
    return output((program, "--kubeconfig", str(whole().kubeconfig), *arguments), text=text)


def node_is_ready() -> bool:
    """Whether the node says so itself."""
    nodes = json.loads(kubectl("get", "nodes", "--output=json"))["items"]
    conditions = [condition for node in nodes for condition in node["status"].get("conditions", [])]
    return any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)


def _refuse_neighbours() -> None:
    """A second kube-proxy on one machine would overwrite the rules of the first."""
    if not STATE.exists() and (found := chains.present()):
        raise ClusterError(f"another Kubernetes (or a rest of one) has firewall chains here: {', '.join(found[:3])} …")


def _prepare_machine() -> None:
    kernel.save(KERNEL_SETTINGS)
    kernel.forward_packets()
    network.make_bridge()
    chains.forward()
    cgroups.make()


def _start_control_plane(daemons: control_plane.Daemons) -> None:
    daemons.prepare()
    for name, argv in daemons.commands().items():
        processes.ensure(daemons.folder, name, argv)
    daemons.wait()


def _wait_for_node(commands: dict[str, tuple[str, ...]]) -> None:
    def ready() -> bool:
        for name, argv in commands.items():
            processes.expect(STATE, name, argv)
        return node_is_ready()

    until(ready, f"node {NODE_NAME}", NODE_TIMEOUT, lambda: processes.log_tail(STATE, "kubelet"))
    until(_has_default_account, "controllers", MINUTE, lambda: processes.log_tail(STATE, "kube-controller-manager"))


def _has_default_account() -> bool:
    return "default" in kubectl("get", "serviceaccounts", "--namespace=default", "--output=name")
