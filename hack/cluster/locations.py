"""Where does everything of the local cluster live: folders, addresses and names, fixed in one place."""

import os
from pathlib import Path
from typing import Final

REPOSITORY: Final = Path(__file__).resolve().parents[2]
STATE: Final = Path("/var/lib/airship-images-cluster")
"""Everything that the whole cluster writes; `down` removes it."""
CONTROL_PLANE_STATE: Final = Path("/var/lib/airship-images-control-plane")
"""The same for `up --control-plane`."""

LOOPBACK: Final = "127.0.0.1"
BRIDGE: Final = "kc0"
NODE_ADDRESS: Final = "10.244.255.1"
"""Address of the node, the API server and the NodePorts: on a bridge, as endpoints must not be loopback."""
POD_NETWORK: Final = "10.244.0.0/24"
POD_GATEWAY: Final = "10.244.0.1"
SERVICE_NETWORK: Final = "10.96.0.0/16"
API_SERVICE_ADDRESS: Final = "10.96.0.1"
API_PORT: Final = 6443

NODE_NAME: Final = "airship-images"
NETWORK_NAME: Final = "airship-images-cluster"
CGROUP: Final = "airship-images-cluster"
FORWARD_CHAIN: Final = "AIRSHIP-IMAGES"


def cache() -> Path:
    """The folder for what is slow to make and safe to delete, outside of the repository."""
    return Path(os.environ.get("AIRSHIP_IMAGES_CACHE") or Path.home() / ".cache" / "airship-images").absolute()
