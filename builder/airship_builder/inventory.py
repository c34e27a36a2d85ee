"""Which software is in a root filesystem, as its own package manager says?"""

import shlex
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from debian.deb822 import Packages

from airship_images.api.model import Document

_STATUS: Final = Path("var/lib/dpkg/status")
_RELEASE: Final = Path("usr/lib/os-release")  # /etc/os-release is a link to it
_INSTALLED: Final = "install ok installed"


class Package(Document):
    """An installed package, and the source package that it was built from."""

    name: str
    version: str
    architecture: str
    source: str
    source_version: str


class Inventory(Document):
    """An operating system and its packages; none where another package manager than dpkg keeps them."""

    system: str  # ID of os-release(5), such as debian
    version: str  # VERSION_ID, such as 12
    packages: tuple[Package, ...]


def take_inventory(tree: Path, names: Collection[str] | None = None) -> Inventory:
    """What is installed in the folder `tree`, sorted by name; of `names` alone where they are given."""
    release = _os_release(tree)
    packages = (_package(one) for one in _installed(tree) if names is None or one["Package"] in names)
    return Inventory(
        system=release.get("ID", "linux"),
        version=release.get("VERSION_ID", ""),
        packages=tuple(sorted(packages, key=lambda one: (one.name, one.architecture))),
    )


def _os_release(tree: Path) -> dict[str, str]:
    path = tree / _RELEASE
    words = shlex.split(path.read_text(), comments=True) if path.exists() else []
    return {key: value for key, _, value in (word.partition("=") for word in words)}


def _installed(tree: Path) -> "list[Packages]":
    if not (tree / _STATUS).exists():
        return []
    from debian.deb822 import Packages  # noqa: PLC0415  (takes a tenth of a second, and most phases need it not)

    with (tree / _STATUS).open("rb") as file:
        return [one for one in Packages.iter_paragraphs(file, use_apt_pkg=False) if one["Status"] == _INSTALLED]


def _package(one: "Packages") -> Package:
    return Package(
        name=one["Package"],
        version=one["Version"],
        architecture=one["Architecture"],
        source=str(one.source),
        source_version=str(one.source_version),
    )
