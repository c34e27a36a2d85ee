"""How long does mkosi take for the same packages on this machine, cold and after a change of configuration?

It writes a raw disk that boots with BIOS and UEFI, without compression; its tools and packages are downloaded before.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

from airship_builder import toolsroot
from airship_builder.sources import machine_sources
from tests.bench.builder import CACHE, LIMIT, profile, tell

TOOLS = ("mkosi", "systemd-repart", "systemd-container", "cpio")
"""Beside those of the builder, which has GRUB and what makes file systems."""
SUITE = "bookworm"
NEEDED = ("initramfs-tools", "grub-pc-bin", "grub-efi-amd64-bin")
"""What our builder brings along, and mkosi takes from the image."""
CONFIG = """
[Distribution]
Distribution=debian
Release={suite}
Repositories=main

[Output]
Format=disk
ImageId=peer
OutputDirectory=output

[Content]
Bootable=yes
Bootloader=grub
BiosBootloader=grub
Packages={packages}

[Build]
CacheDirectory=cache
PackageCacheDirectory=packages
WorkspaceDirectory=/workspace
Incremental=yes
"""
FOLDERS = {"site": "/site", "workspace": "/workspace", "tmp": "/var/tmp"}


def main() -> int:
    """Print one JSON line a figure; 0 when every build succeeded."""
    root = toolsroot.ensure(CACHE, lambda sentence: print(sentence, file=sys.stderr), more=TOOLS)
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="peer-") as name:
        peer = Peer(root, Path(name))
        peer.build("--force", "--force")
        tell("peer_mkosi_cold_seconds", peer.build("--force", "--force"), "s")
        (peer.site / "mkosi.extra/etc/sysctl.d/changed.conf").write_text("vm.swappiness = 11\n")
        tell("peer_mkosi_config_seconds", peer.build("--force"), "s")
    return 0


class Peer:
    """mkosi with the benchmark's packages, in one folder."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.root = root
        self.binds = {folder / name: inside for name, inside in FOLDERS.items()}
        for place in self.binds:
            place.mkdir()
        self.site = folder / "site"
        for name in ("output", "cache", "packages", "mkosi.extra/etc/sysctl.d", "mkosi.sandbox/etc/apt/sources.list.d"):
            (self.site / name).mkdir(parents=True)
        software = next(yaml.safe_load_all(profile()))["spec"]
        packages = [*software["software"]["packages"], software["kernel"]["kernel_base_pkg"], *NEEDED]
        (self.site / "mkosi.conf").write_text(CONFIG.format(suite=SUITE, packages="\n  ".join(packages)))
        (self.site / "mkosi.sandbox/etc/apt/sources.list.d/mkosi.sources").write_text(sources())

    def build(self, *options: str) -> float:
        """Seconds of a build; twice --force also forgets what was kept of an earlier one, but no package."""
        argv = ("mkosi", "--directory", "/site", *options, "build")
        started = time.monotonic()
        command = toolsroot.command(self.root, argv, self.binds, capabilities=("sys_admin", *toolsroot.CAPABILITIES))
        subprocess.run(command, check=True, stdout=sys.stderr, timeout=LIMIT)
        seconds = time.monotonic() - started
        shutil.rmtree(self.site / "output")
        (self.site / "output").mkdir()
        return seconds


def sources() -> str:
    """The machine's own package sources, for mkosi."""
    form = "Types: deb\nURIs: {0.uri}\nSuites: {0.suite}\nComponents: main\nSigned-By: {0.keys[0]}\n"
    return "\n".join(form.format(source) for source in machine_sources(SUITE))


if __name__ == "__main__":
    sys.exit(main())
