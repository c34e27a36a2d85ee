"""The network devices of the cluster: the bridge with the node's address, and the pods' ends of it."""

import json
import shutil
import subprocess
from typing import Any

from hack.cluster.commands import MINUTE, output
from hack.cluster.locations import BRIDGE, NODE_ADDRESS, POD_GATEWAY
from hack.cluster.waiting import until


def make_bridge() -> None:
    """The bridge with the node's address, up; it is never given a port."""
    devices = _devices()
    if all(device["ifname"] != BRIDGE for device in devices):
        output(("ip", "link", "add", BRIDGE, "type", "bridge"))
    output(("ip", "address", "replace", f"{NODE_ADDRESS}/32", "dev", BRIDGE))
    output(("ip", "link", "set", BRIDGE, "up"))


def remove() -> None:
    """Remove the bridge and the pods' devices, which outlive them where another mount namespace has theirs."""
    until(_removed, "removing the pods' network devices", MINUTE, lambda: "`ip address`")


def _removed() -> bool:
    for name in present():
        # it may go by itself at this very moment; whether it has is asked again
        subprocess.run(("ip", "link", "delete", name), capture_output=True, check=False)
    return not present()


def present() -> list[str]:
    """The names of our devices on this machine."""
    return ours(_devices())


def ours(devices: list[dict[str, Any]]) -> list[str]:
    """Of the output of `ip -json address`: the bridge, and each veth with the pods' gateway address (ptp plugin)."""
    return [device["ifname"] for device in devices if device["ifname"] == BRIDGE or _is_of_a_pod(device)]


def _is_of_a_pod(device: dict[str, Any]) -> bool:
    addresses = {address.get("local") for address in device["addr_info"]}
    return device["ifname"].startswith("veth") and POD_GATEWAY in addresses


def _devices() -> list[dict[str, Any]]:
    if shutil.which("ip") is None:
        return []
    devices: list[dict[str, Any]] = json.loads(output(("ip", "-json", "address", "show")))
    return [device for device in devices if device]
