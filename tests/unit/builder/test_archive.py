"""An archive is split by file system, and changed, as the same changes on a disk would have it."""

import io
import tarfile
from pathlib import Path
from typing import IO

import pytest

from airship_builder.archive import merge, split
from airship_builder.changes import Changes
from airship_builder.overlay import Owned
from airship_builder.tree import Change
from airship_images.api.errors import InputError

CAPABILITY = {"SCHILY.xattr.security.capability": "\x01\udc80"}
LONG = "/usr/" + "long" * 60
EPOCH = 1700000000


def an_archive(folder: Path, *links: tuple[str, str]) -> IO[bytes]:
    """A small root filesystem, with hard `links` (path, target)."""
    with tarfile.open(folder / "base.tar", "w", format=tarfile.PAX_FORMAT) as tar:
        for path in ("", "/etc", "/usr", "/var", "/var/log"):
            add(tar, path, tarfile.DIRTYPE, mode=0o750 if path == "/var" else 0o755)
        for path in ("/etc/passwd", "/usr/first", LONG, "/var/log/old"):
            add(tar, path, tarfile.REGTYPE, text=f"text of {path}")
        for path, target in links:
            add(tar, path, tarfile.LNKTYPE, target=f".{target}")
        add(tar, "/etc/mtab", tarfile.SYMTYPE, target="../proc/mounts")
    return (folder / "base.tar").open("rb")


def add(tar: tarfile.TarFile, path: str, kind: bytes, *, mode: int = 0o644, text: str = "", target: str = "") -> None:
    member = tarfile.TarInfo(f".{path}")
    member.type, member.mode, member.linkname, member.size, member.mtime = kind, mode, target, len(text), EPOCH
    member.pax_headers = CAPABILITY if path == "/usr/first" else {}
    tar.addfile(member, io.BytesIO(text.encode()))


def read(path: Path) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(path) as tar:
        return {member.name.removeprefix("."): member for member in tar}


def text(path: Path, name: str) -> str:
    with tarfile.open(path) as tar:
        file = tar.extractfile(f".{name}")
        assert file
        return file.read().decode()


def test_each_file_goes_to_its_file_system_and_a_mount_point_to_both(tmp_path: Path) -> None:
    parts = split(an_archive(tmp_path, ("/usr/second", "/usr/first")), ("/", "/usr", "/var"), tmp_path)
    assert list(read(parts["/"])) == ["", "/etc", "/usr", "/var", "/etc/passwd", "/etc/mtab"]
    assert list(read(parts["/var"])) == ["", "/log", "/log/old"]
    assert read(parts["/var"])[""].mode == read(parts["/"])["/var"].mode == 0o750
    inside = read(parts["/usr"])
    assert inside["/second"].linkname == "./first"
    assert CAPABILITY.items() <= inside["/first"].pax_headers.items()
    assert text(parts["/usr"], LONG.removeprefix("/usr")) == f"text of {LONG}"


def test_a_hard_link_across_file_systems_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"/var/second, a hard link to /usr/first on another partition"):
        split(an_archive(tmp_path, ("/var/second", "/usr/first")), ("/", "/var"), tmp_path)


def test_changes_are_in_the_archive_and_the_rest_is_as_it_was(tmp_path: Path) -> None:
    written = {
        "/etc": Owned(Change("attributes", 0o700), None, None),
        "/etc/mtab": Owned(Change("link", target="elsewhere"), 0, 0),
        "/etc/passwd": Owned(Change("file", 0o600, content=b"other"), 1, 2),
        "/srv": Owned(Change("directory", 0o711), 3, 4),
    }
    target = tmp_path / "merged.tar"
    merge(an_archive(tmp_path), Changes(written, ("/var/log/old",)), EPOCH, target)
    found = read(target)
    assert "/var/log/old" not in found
    assert (found["/etc"].mode, found["/etc"].uid) == (0o700, 0)
    assert found["/etc/mtab"].linkname == "elsewhere"
    assert (text(target, "/etc/passwd"), found["/etc/passwd"].uid, found["/etc/passwd"].gid) == ("other", 1, 2)
    assert (found["/srv"].isdir(), found["/srv"].mode, found["/srv"].mtime) == (True, 0o711, EPOCH)
    assert CAPABILITY.items() <= found["/usr/first"].pax_headers.items()


def test_another_name_of_a_replaced_file_keeps_what_was_in_it(tmp_path: Path) -> None:
    archive = an_archive(tmp_path, ("/usr/second", "/usr/first"), ("/usr/third", "/usr/first"))
    target = tmp_path / "merged.tar"
    merge(archive, Changes({"/usr/first": Owned(Change("file", 0o644, content=b"new"), 0, 0)}, ()), EPOCH, target)
    assert (text(target, "/usr/first"), text(target, "/usr/second")) == ("new", "text of /usr/first")
    assert read(target)["/usr/third"].linkname == "./usr/second"
