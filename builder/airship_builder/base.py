"""What is in a root filesystem that configuring it must know: its paths, accounts, units, packages and kernel?"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from airship_images.api.model import Document

DIRECTORY: Final = "d"
FILE: Final = "f"
LINK: Final = "l:"  # followed by the target

_UNIT_FOLDERS: Final = ("usr/lib/systemd/system", "etc/systemd/system")
_ACCOUNT_FILES: Final = ("passwd", "group", "shadow", "gshadow")


class Unit(Document):
    """What systemctl would need of a unit file: where it is, and its [Install] section."""

    path: str
    text: str


class Base(Document):
    """A root filesystem as facts; every path is absolute, as seen from inside."""

    paths: dict[str, str]
    accounts: dict[str, str]
    units: dict[str, Unit]
    skeleton: dict[str, str]
    packages: tuple[str, ...]
    kernel: str


@dataclass
class _Walk:
    root: str
    paths: dict[str, str]

    def folder(self, inside: str) -> None:
        with os.scandir(self.root + inside) as entries:
            for entry in sorted(entries, key=lambda one: one.name):
                path = f"{inside}/{entry.name}"
                if entry.is_symlink():
                    self.paths[path] = LINK + str(Path(entry.path).readlink())
                elif entry.is_dir():
                    self.paths[path] = DIRECTORY
                    self.folder(path)
                else:
                    self.paths[path] = FILE


def read_paths(tree: Path) -> dict[str, str]:
    """What is at each path of the folder `tree`."""
    walk = _Walk(str(tree), {})
    walk.folder("")
    return walk.paths


def read_base(tree: Path, kernel: str, packages: Iterable[str]) -> Base:
    """The facts of the root filesystem in the folder `tree`, with the kernel `kernel` and these `packages`."""
    return Base(
        paths=read_paths(tree),
        accounts={name: _text(tree / "etc" / name) for name in _ACCOUNT_FILES},
        units=_units(tree),
        skeleton={path.name: path.read_text() for path in sorted((tree / "etc/skel").glob("*")) if path.is_file()},
        packages=tuple(sorted(set(packages))),
        kernel=kernel,
    )


def _units(tree: Path) -> dict[str, Unit]:
    units = {}
    for folder in _UNIT_FOLDERS:
        for path in sorted((tree / folder).glob("*.*")):
            if path.is_file() and not path.is_symlink():
                units[path.name] = Unit(path=f"/{folder}/{path.name}", text=path.read_text(errors="replace"))
    return units


def _text(path: Path) -> str:
    return path.read_text(errors="replace") if path.is_file() else ""
