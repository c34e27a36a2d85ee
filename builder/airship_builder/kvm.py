"""Does KVM work here? It is asked to run a kernel: a device that opens, and firmware that runs, prove nothing."""

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from airship_builder.layout import SECTOR
from airship_builder.run import ToolError, ask, log, run

_DEVICE: Final = Path("/dev/kvm")
_PATIENCE: Final = 5.0  # seconds; a kernel says its name after less than one
_FIRST_WORDS: Final = b"Linux version"


def kvm_works(raw: Path) -> bool:
    """Does KVM run the kernel in the first partition of the disk `raw`, far enough for it to say its name?"""
    if not _usable():
        return False
    with tempfile.TemporaryDirectory(prefix="kvm-") as folder:
        kernel = Path(folder) / "vmlinuz"
        if not _take_kernel(raw, kernel):
            log("KVM opens, but there is no kernel in reach to try it with: going on without it")
            return False
        works = _speaks(kernel)
    log(f"KVM {'works' if works else 'opens, but runs no kernel: going on without it'}")
    return works


def _usable() -> bool:
    try:
        with _DEVICE.open("r+b"):
            return True
    except OSError:
        return False


def _take_kernel(raw: Path, kernel: Path) -> bool:
    """Nothing is in reach where there are no partitions, or the first one is no ext4, as on many a vendor's image."""
    try:
        _dump_kernel(raw, kernel)
    except ToolError as error:
        log(error.message)
    return kernel.exists()


def _dump_kernel(raw: Path, kernel: Path) -> None:
    table = json.loads(ask("sfdisk", "--json", raw))["partitiontable"]
    start = min(table["partitions"], key=lambda one: int(one["node"].removeprefix(str(raw))))["start"]
    filesystem = f"{raw}?offset={start * SECTOR}"
    names = [
        line.split("/")[5]
        for line in run("debugfs", "-R", "ls -p /boot", filesystem, quiet=True).splitlines()
        if "/vmlinuz-" in line
    ]
    if names:
        run("debugfs", "-R", f"dump /boot/{names[0]} {kernel}", filesystem, quiet=True)


def _speaks(kernel: Path) -> bool:
    argv = (
        *(
            "qemu-system-x86_64",
            "-machine",
            "q35,accel=kvm",
            "-cpu",
            "host",
            "-m",
            "256",
            "-display",
            "none",
            "-monitor",
            "none",
        ),
        *(
            "-no-reboot",
            "-serial",
            "stdio",
            "-kernel",
            str(kernel),
            "-append",
            "console=ttyS0 earlyprintk=ttyS0 panic=-1",
        ),
    )
    try:
        said = subprocess.run(
            argv, capture_output=True, timeout=_PATIENCE, check=False, stdin=subprocess.DEVNULL
        ).stdout
    except subprocess.TimeoutExpired as expired:
        said = expired.stdout or b""
    return _FIRST_WORDS in said
