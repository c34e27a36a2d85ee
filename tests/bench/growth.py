"""How does a build grow with its packages and with its files, and how much room does it need?

Package lists from a kernel alone to more than the benchmark's profile, each built cold; then the profile with 10, 100
and 1,000 files of configuration.
"""

import os
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from airship_builder import toolsroot
from tests.bench.builder import CACHE, IMAGE, ROOTFS, Run, profile, tell

FEWEST = ("systemd-sysv", "udev", "kmod")
MORE = (
    "build-essential", "gdb", "git", "htop", "nftables", "nmap", "pciutils", "psmisc", "python3-venv", "rsync",
    "smartmontools", "strace", "sysstat", "tmux", "unzip", "usbutils", "vim", "wget", "wireguard-tools", "xfsprogs",
)  # fmt: skip
FILES = (10, 100, 1000)
SAMPLE = 1.0  # seconds


def main() -> int:
    """Print one JSON line a figure; 0 when every build succeeded."""
    root = toolsroot.ensure(CACHE, lambda sentence: print(sentence, file=sys.stderr))
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="growth-") as name:
        run = Run(root, Path(name))
        named = profiled()["spec"]["software"]["packages"]
        for packages in (FEWEST, [*FEWEST, *named[:17]], named, [*named, *MORE]):
            measure_packages(run, packages)
        for count in FILES:
            inputs = run.render(f"files-{count}", with_files(count))
            tell(f"growth_files_{count}_seconds", run.build(inputs.name, inputs, (*ROOTFS, *IMAGE)), "s")
    return 0


def measure_packages(run: Run, packages: Sequence[str]) -> None:
    """A cold build of the profile with `packages` in the place of its own; they were downloaded before."""
    inputs = run.render(f"packages-{len(packages)}", with_packages(packages))
    run.build(f"downloads-{len(packages)}", inputs, ("fetch",))
    with sizes_of(run.folder / f"scratch-{inputs.name}") as sizes:
        seconds = run.build(inputs.name, inputs, (*ROOTFS, *IMAGE))
    installed = run.report(inputs).package_count
    tell(f"growth_packages_{installed}_seconds", seconds, "s")
    tell(f"growth_packages_{installed}_scratch_ratio", max(sizes.all) / max(sizes.trees), "of the root filesystem")


def with_packages(packages: Sequence[str]) -> str:
    """The benchmark's documents with other packages."""
    document = profiled()
    document["spec"]["software"]["packages"] = [*packages]
    return documents(document)


def with_files(count: int) -> str:
    """The benchmark's documents with `count` files of 1 KiB."""
    document = profiled()
    line = f"{'measured = yes':<31}\n"
    files = [{"name": f"/etc/bench.d/{number}.conf", "file_content": line * 32} for number in range(count)]
    document["spec"]["system"]["files"] = files
    return documents(document)


def profiled() -> dict[str, Any]:
    """The benchmark's NodeProfile."""
    return dict(next(yaml.safe_load_all(profile())))


def documents(node: dict[str, Any]) -> str:
    """`node` in the place of the benchmark's NodeProfile, with its image."""
    _, image = yaml.safe_load_all(profile())
    return yaml.safe_dump_all([node, image])


@dataclass
class Sizes:
    """What lay in a scratch folder, in bytes on the disk, each time that it was looked at."""

    all: list[int] = field(default_factory=lambda: [0])
    trees: list[int] = field(default_factory=lambda: [0])
    """Of these, the root filesystem."""


@contextmanager
def sizes_of(scratch: Path) -> Iterator[Sizes]:
    """Look at the folder `scratch` every second while the block runs."""
    sizes, ended = Sizes(), threading.Event()

    def look() -> None:
        while not ended.wait(SAMPLE):
            sizes.all.append(size(scratch))
            sizes.trees.append(size(scratch / "rootfs/tree"))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield sizes
    finally:
        ended.set()
        thread.join()


def size(folder: Path) -> int:
    """Bytes that all below `folder` takes on the disk; what vanishes meanwhile takes none."""
    total = 0
    for path, _, files in os.walk(folder):
        for name in files:
            try:
                total += os.lstat(Path(path, name)).st_blocks * 512
            except FileNotFoundError:
                continue
    return total


if __name__ == "__main__":
    sys.exit(main())
