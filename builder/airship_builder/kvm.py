"""Does KVM work here? It is asked to run a kernel: a device that opens, and firmware that runs, prove nothing."""

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from airship_builder.imageinfo import image_info
from airship_builder.layout import SECTOR
from airship_builder.liveiso import ISO_KERNEL, is_iso
from airship_builder.run import ToolError, ask, log, run

_DEVICE: Final = Path("/dev/kvm")
_PATIENCE: Final = 5.0  # seconds; a kernel says its name after less than one
_FIRST_WORDS: Final = b"Linux version"


def kvm_works(image: Path, scratch: Path | None = None, patience: float = _PATIENCE) -> bool:
    """Does KVM run the kernel of `image`, a disk or a live ISO, so far within `patience` that it says its name?

    A disk is unpacked for it in `scratch`; one that cannot be tells nothing, and KVM is not used.
    """
    if not _usable():
        return False
    with tempfile.TemporaryDirectory(prefix="kvm-", dir=scratch) as folder:
        kernel = Path(folder) / "vmlinuz"
        if not _take_kernel(image, kernel):
            log("KVM opens, but there is no kernel in reach to try it with: going on without it")
            return False
        works = _speaks(kernel, patience)
    log(f"KVM {'works' if works else 'opens, but runs no kernel: going on without it'}")
    return works


def _raw(image: Path, folder: Path) -> Path:
    """The image, or a copy of it in `folder`, as programs read it that know nothing of QEMU's formats."""
    form = image_info(image).format
    if form == "raw":
        return image
    raw = folder / "disk.raw"
    run("qemu-img", "convert", "-f", form, "-O", "raw", image, raw, quiet=True)
    return raw


def _usable() -> bool:
    try:
        with _DEVICE.open("r+b"):
            return True
    except OSError:
        return False


def _take_kernel(image: Path, kernel: Path) -> bool:
    """Nothing is in reach where there are no partitions, or none of ext4 has a kernel, as on many a vendor's image."""
    try:
        if is_iso(image):
            run("xorriso", "-osirrox", "on", "-indev", image, "-extract", ISO_KERNEL, kernel, quiet=True)
        else:
            _dump_kernel(_raw(image, kernel.parent), kernel)
    except ToolError as error:
        log(error.message)
    return kernel.exists()


def _dump_kernel(raw: Path, kernel: Path) -> None:
    for partition in json.loads(ask("sfdisk", "--json", raw))["partitiontable"].get("partitions", ()):
        filesystem = f"{raw}?offset={partition['start'] * SECTOR}"
        for folder in ("/boot", ""):  # of the root, or of a partition that is mounted there
            listed = run("debugfs", "-R", f"ls -p {folder}/", filesystem, quiet=True, ok=(0, 1))
            names = [line.split("/")[5] for line in listed.splitlines() if "/vmlinuz-" in line]
            if names:
                run("debugfs", "-R", f"dump {folder}/{names[0]} {kernel}", filesystem, quiet=True)
                return


def _speaks(kernel: Path, patience: float) -> bool:
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
        said = subprocess.run(argv, capture_output=True, timeout=patience, check=False, stdin=subprocess.DEVNULL).stdout
    except subprocess.TimeoutExpired as expired:
        said = expired.stdout or b""
    return _FIRST_WORDS in said
