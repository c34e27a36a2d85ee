"""A root filesystem of a few files instead of packages: all the phases after `rootfs` take it, in seconds."""

import json
from pathlib import Path
from typing import Any

from tests.builder.request_files import write_request
from tests.builder.workbench import Workbench

PHASES = ("commit", "disk", "configure", "publish")
EPOCH = 1_700_000_000
FILES = {
    "boot/vmlinuz-6.1.0-1-amd64": "a kernel\n",
    "boot/initrd.img-6.1.0-1-amd64": "its initramfs\n",
    "etc/group": "root:x:0:\nadm:x:4:\nshadow:x:42:\n",
    "etc/gshadow": "root:*::\nadm:*::\nshadow:*::\n",
    "etc/passwd": "root:x:0:0:root:/root:/bin/bash\n",
    "etc/shadow": "root:*:19000:0:99999:7:::\n",
    "etc/skel/.profile": "umask 022\n",
    "usr/lib/systemd/system/ssh.service": "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n",
    "var/lib/dpkg/status": "Package: cloud-init\nStatus: install ok installed\nVersion: 1\nArchitecture: amd64\n",
}
FOLDERS = (
    "dev", "run", "tmp", "root", "boot/grub", "boot/efi", "etc/default", "etc/systemd/system", "usr/bin", "var/log",
    "var/tmp",
)  # fmt: skip


def write_tiny_request(bench: Workbench, marker: str, **more: Any) -> str:
    """A request whose image holds `marker` and what `more` variables say; every phase from `commit` on can run.

    Gives its build hash.
    """
    lay_out_tree(bench.scratch)
    files = [{"name": "/etc/marker", "file_content": marker}]
    return write_request(bench.request, {"files": files, **more}, packages=["tiny"], capacity="200M")


def lay_out_tree(scratch: Path) -> None:
    """What the phases `fetch` and `rootfs` would have left in `scratch`."""
    tree = scratch / "rootfs/tree"
    for folder in FOLDERS:
        (tree / folder).mkdir(parents=True, exist_ok=True)
    for name, text in FILES.items():
        path = tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (scratch / "notes.json").write_text(json.dumps({"lock": [], "epoch": EPOCH}))
