"""A containerd of the cluster's own: its configuration, its network configuration, and its client."""

import json
from pathlib import Path
from typing import Final

from hack.cluster.commands import MINUTE, output
from hack.cluster.errors import ClusterError
from hack.cluster.locations import LOOPBACK, NETWORK_NAME, POD_GATEWAY, POD_NETWORK, STATE
from hack.cluster.processes import log_tail
from hack.cluster.waiting import until

FOLDER: Final = STATE / "containerd"
SOCKET: Final = FOLDER / "containerd.sock"
CNI: Final = STATE / "cni"
CNI_PLUGINS: Final = Path("/usr/lib/cni")
PAUSE_IMAGE: Final = "localhost/airship-images/pause:1"
COMMAND: Final = ("/usr/bin/containerd", "--config", str(FOLDER / "config.toml"))

CONFIG: Final = f"""version = 2
root = "{FOLDER / "root"}"
state = "{FOLDER / "state"}"
disabled_plugins = ["io.containerd.internal.v1.opt"]

[grpc]
address = "{SOCKET}"

[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "{PAUSE_IMAGE}"
restrict_oom_score_adj = true
netns_mounts_under_state_dir = true
stream_server_address = "{LOOPBACK}"
stream_server_port = "0"

[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "{CNI_PLUGINS}"
conf_dir = "{CNI / "net.d"}"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
Root = "{STATE / "runc"}"
SystemdCgroup = false
"""
"""restrict_oom_score_adj: without it runc may fail where lowering the score is not allowed."""


def network_config() -> str:
    """A pair of devices for each pod: unlike a bridge, this needs no br_netfilter for service traffic."""
    address_management = {
        "type": "host-local",
        "ranges": [[{"subnet": POD_NETWORK, "gateway": POD_GATEWAY}]],
        "routes": [{"dst": "0.0.0.0/0"}],
        "dataDir": str(CNI / "addresses"),
    }
    plugin = {"type": "ptp", "ipMasq": True, "ipam": address_management}
    return json.dumps({"cniVersion": "0.4.0", "name": NETWORK_NAME, "plugins": [plugin]}, indent=2)


def configure() -> None:
    """Write both configurations."""
    for file, content in ((FOLDER / "config.toml", CONFIG), (CNI / "net.d" / "10-pods.conflist", network_config())):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)


def client(*arguments: str, timeout: float = MINUTE) -> str:
    """The output of ctr in the namespace that the kubelet uses."""
    return output(("ctr", "--address", str(SOCKET), "--namespace", "k8s.io", *arguments), timeout=timeout)


def wait() -> None:
    """Until containerd answers."""
    until(_answers, "containerd", MINUTE, lambda: log_tail(STATE, "containerd"))


def load(archive: Path) -> None:
    """Import the images of an OCI or Docker archive."""
    client("images", "import", str(archive), timeout=15 * MINUTE)


def label(image: str, key: str) -> str | None:
    """The value of a label that `set_label` gave the image; None where containerd has no such image or label."""
    listed = client("images", "list", f"name=={image}").splitlines()[1:]
    labels = dict(pair.partition("=")[::2] for line in listed for pair in line.split()[-1].split(","))
    return labels.get(key)


def set_label(image: str, key: str, value: str) -> None:
    """Note something about an image in containerd's own list."""
    client("images", "label", image, f"{key}={value}")


def _answers() -> bool:
    try:
        client("version")
    except ClusterError:
        return False
    return True
