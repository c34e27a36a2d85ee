"""Install the Debian packages that a step needs and that are not there yet, without starting their daemons."""

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from hack.cluster import locations
from hack.cluster.commands import MINUTE, logged
from hack.cluster.errors import ClusterError
from hack.cluster.waiting import tried

CONTROL_PLANE: Final = ("etcd-server", "openssl")
NODE: Final = (
    "containerd", "runc", "containernetworking-plugins", "iptables", "conntrack", "socat", "iproute2", "procps", "kmod",
)  # fmt: skip
IMAGES: Final = ("buildah", "busybox-static", "mmdebstrap", "ca-certificates")

POLICY: Final = Path("/usr/sbin/policy-rc.d")
DENY_START: Final = "#!/bin/sh\nexit 101\n"
"""invoke-rc.d(8): 101 means that the action is not allowed."""
TIMEOUT: Final = 15 * MINUTE


def ensure(names: Sequence[str]) -> None:
    """Install those of `names` that are missing; ClusterError when apt fails or the user is not root."""
    missing = [name for name in names if not installed(name)]
    if not missing:
        return
    if os.geteuid() != 0:
        raise ClusterError(f"missing packages: run as root, or `apt-get install {' '.join(missing)}` first")
    tried(partial(_install, missing))


def installed(name: str) -> bool:
    """Whether dpkg has the package fully installed."""
    query = ("dpkg-query", "--show", "--showformat=${db:Status-Status}", name)
    return subprocess.run(query, capture_output=True, text=True, check=False).stdout == "installed"


def _install(names: Sequence[str]) -> None:
    log = locations.cache() / "log" / "apt.log"
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    install = ("apt-get", "install", "--yes", "--no-install-recommends", *names)
    logged("apt-get update", ("apt-get", "update"), log, timeout=TIMEOUT, env=env)
    with _daemons_stay_down():
        logged(f"apt-get install {' '.join(names)}", install, log, timeout=TIMEOUT, env=env)


@contextmanager
def _daemons_stay_down() -> Iterator[None]:
    """A policy-rc.d that refuses every start, unless the machine has a policy of its own."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text(DENY_START)
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()
