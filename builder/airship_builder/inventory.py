"""Which software is in a root filesystem, as its own package manager says?"""

import errno
import os
import shlex
import shutil
import tempfile
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from debian.deb822 import Packages

from airship_builder.run import ToolError, run
from airship_builder.unpacked import parent
from airship_images.api.errors import InputError
from airship_images.api.model import Document
from airship_images.api.reasons import Reason

_STATUS: Final = Path("var/lib/dpkg/status")
_RELEASE: Final = Path("usr/lib/os-release")  # /etc/os-release is a link to it
_INSTALLED: Final = "install ok installed"
_RPM_FOLDERS: Final = ("/usr/lib/sysimage/rpm", "/var/lib/rpm")
_RPM_FILES: Final = ("rpmdb.sqlite", "rpmdb.sqlite-wal", "Packages.db", "Packages")  # the formats that rpm reads
_RPM_FIELDS: Final = r"%{NAME}\t%{EPOCHNUM}:%{VERSION}-%{RELEASE}\t%{ARCH}\t%{SOURCERPM}\n"
_NOT_THERE: Final = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
_RPM_KEY: Final = "gpg-pubkey"  # what rpm keeps a trusted key as


class Package(Document):
    """An installed package, and the source package that it was built from."""

    name: str
    version: str  # of rpm: without an epoch of 0, as it writes it
    architecture: str
    source: str
    source_version: str
    manager: Literal["dpkg", "rpm"] = "dpkg"


class Inventory(Document):
    """An operating system and its packages; none where neither dpkg nor rpm keeps them."""

    system: str  # ID of os-release(5), such as debian
    version: str  # VERSION_ID, such as 12
    packages: tuple[Package, ...]


def take_inventory(tree: Path, names: Collection[str] | None = None) -> Inventory:
    """What is installed in the folder `tree`, sorted by name; of `names` alone where they are given.

    Raises InputError for a database that rpm cannot read.
    """
    release = _os_release(tree)
    found = [_package(one) for one in _installed(tree)] or _of_rpm(tree)
    packages = (one for one in found if names is None or one.name in names)
    return Inventory(
        system=release.get("ID", "linux"),
        version=release.get("VERSION_ID", ""),
        packages=tuple(sorted(packages, key=lambda one: (one.name, one.architecture, one.version))),
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


def _of_rpm(tree: Path) -> list[Package]:
    """rpm is asked about a copy, because opening a database may write beside it."""
    with tempfile.TemporaryDirectory(prefix="rpm-", dir=tree.parent) as folder:
        if not _take_database(tree, Path(folder)):
            return []
        rows = [line.split("\t") for line in _ask_rpm(Path(folder)).splitlines()]
    if not rows:
        raise _unreadable("it has no package")
    return [_of_row(*row) for row in rows if row[0] != _RPM_KEY]


def _ask_rpm(database: Path) -> str:
    """A line for each package; rpm may leave out what it cannot read, and end well."""
    listed = database / "listed"
    query = ("--dbpath", database, "--query", "--all", "--queryformat", _RPM_FIELDS)
    try:
        said = run("sh", "-c", 'exec rpm "$@" >"$0"', listed, *query, quiet=True)
    except ToolError as error:
        if error.reason is not Reason.TOOL_FAILED:
            raise
        raise _unreadable([error.message, *_errors(error.lines)][-1]) from error
    if wrong := _errors(said.splitlines()):
        raise _unreadable(wrong[0])
    return listed.read_text(errors="replace")


def _errors(lines: Iterable[str]) -> list[str]:
    return [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]


def _unreadable(why: str) -> InputError:
    return InputError("software.base", f"a database of rpm that cannot be read ({why})", "an image that is whole")


def _take_database(tree: Path, folder: Path) -> bool:
    """Copy rpm's database into `folder`, if there is one in `tree`."""
    taken = ([_copy(tree, f"{place}/{name}", folder / name) for name in _RPM_FILES] for place in _RPM_FOLDERS)
    return any(any(files) for files in taken)


def _copy(tree: Path, path: str, target: Path) -> bool:
    """False when there is no such file in `tree`; no link is followed, since it could lead to our own files."""
    try:
        with parent(tree, path) as (folder, name):
            file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    except OSError as error:
        if error.errno in _NOT_THERE:
            return False
        raise
    with os.fdopen(file, "rb") as source, target.open("wb") as copy:
        shutil.copyfileobj(source, copy)
    return True


def _of_row(name: str, version: str, architecture: str, source: str) -> Package:
    """`source` is the name of a file, such as bash-5.1.8-9.el9.src.rpm; without one, nothing is known of it."""
    source_name, *numbers = source.removesuffix(".src.rpm").rsplit("-", 2)
    return Package(
        name=name,
        version=version.removeprefix("0:"),
        architecture=architecture,
        source=source_name,
        source_version="-".join(numbers),
        manager="rpm",
    )
