"""The kernel settings that Kubernetes changes: written down before, put back after."""

import json
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc/sys")
SETTINGS: Final = (
    "net/ipv4/ip_forward",
    "kernel/keys/root_maxbytes",
    "kernel/keys/root_maxkeys",
    "kernel/panic",
    "kernel/panic_on_oops",
    "vm/overcommit_memory",
    "vm/panic_on_oom",
)
"""ip_forward is ours and the CNI plugins'; the kubelet sets the others (setupKernelTunables)."""


def save(file: Path) -> None:
    """Write the present values to `file`, unless it holds those of an earlier start."""
    if not file.exists():
        unfinished = file.with_suffix(".unfinished")
        unfinished.write_text(json.dumps({name: (PROC / name).read_text().strip() for name in SETTINGS}, indent=2))
        unfinished.rename(file)


def restore(file: Path) -> None:
    """Put back what `save` wrote; nothing where it did not get that far."""
    if file.exists():
        for name, value in json.loads(file.read_text()).items():
            (PROC / name).write_text(value)


def forward_packets() -> None:
    """Let the node route between pods, services and the outside."""
    (PROC / "net/ipv4/ip_forward").write_text("1")
