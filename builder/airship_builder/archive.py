"""What does the archive of a root filesystem become: one for each file system, or one with the changes in it?"""

import copy
import io
import subprocess
import tarfile
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Final

from airship_builder.changes import Changes
from airship_builder.mounts import around, holder, inside
from airship_builder.overlay import Owned
from airship_images.api.errors import InputError, OutsideError

_PIECE: Final = 1 << 20  # bytes
_TYPES: Final = {
    "file": tarfile.REGTYPE,
    "directory": tarfile.DIRTYPE,
    "link": tarfile.SYMTYPE,
    "hard link": tarfile.LNKTYPE,
}
_ATTRIBUTE: Final = "SCHILY.xattr."
"""Before the name of an extended attribute in a header, as tar(1) and star write it."""
_LINK_MODE: Final = 0o777


@contextmanager
def unpacked(archive: Path) -> Iterator[IO[bytes]]:
    """The plain tar in `archive`, which is compressed with zstd; raises OutsideError when it is damaged."""
    argv = ("zstd", "-dcq", str(archive))
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as unpacking:
        assert unpacking.stdout is not None  # noqa: S101  (we asked for a pipe)
        yield unpacking.stdout
        unpacking.stdout.read()  # what is behind the end of the tar
        code = unpacking.wait()
    if code != 0:
        raise OutsideError(f"zstd ended with code {code}: {archive.name} is damaged")


def split(archive: IO[bytes], mounts: Collection[str], folder: Path) -> dict[str, Path]:
    """An archive in `folder` for each of `mounts`, of what lies on it; a mount point is the root of its own.

    Raises InputError for a hard link from one to another.
    """
    paths = {mount: folder / f"{number}.tar" for number, mount in enumerate(mounts)}
    with ExitStack() as stack:
        parts = {mount: stack.enter_context(_writing(path)) for mount, path in paths.items()}
        for member, content in _members(archive):
            path = _clean(member.name)
            mount = holder(path, mounts)
            if path == mount:
                above = around(path, mounts)
                parts[above].addfile(_moved(member, above, mounts))
            parts[mount].addfile(_moved(member, mount, mounts), content)
    return paths


def merge(archive: IO[bytes], changes: Changes, epoch: int, target: Path) -> None:
    """Write `archive` with `changes` as a plain tar to `target`; what is new comes last."""
    left = dict(changes.written)
    kept = _Kept(frozenset(changes.removed) | frozenset(_replaced(changes)))
    with _writing(target) as out:
        for member, content in _members(archive):
            path = _clean(member.name)
            change = left.get(path)
            if path in kept.paths:
                kept.keep(path, member, content)
            elif member.islnk() and _clean(member.linkname) in kept.paths:
                out.addfile(*kept.revive(path, member))
            else:
                out.addfile(_changed(member, left.pop(path)) if change else member, content)
        for path, owned in left.items():
            out.addfile(*_new(path, owned, epoch))


def _moved(member: tarfile.TarInfo, mount: str, mounts: Collection[str]) -> tarfile.TarInfo:
    """`member` under its name on the file system of `mount`."""
    moved = copy.copy(member)
    moved.pax_headers = {key: text for key, text in member.pax_headers.items() if key not in ("path", "linkpath")}
    moved.name = f".{inside(_clean(member.name), mount)}"
    if member.islnk():
        target = _clean(member.linkname)
        if holder(target, mounts) != mount:
            found = f"{_clean(member.name)}, a hard link to {target} on another partition"
            raise InputError("storage.partitions", found, "both on one partition")
        moved.linkname = f".{inside(target, mount)}"
    return moved


class _Kept:
    """The first files of hard links that are replaced or removed: the next link gets what was in them."""

    def __init__(self, paths: frozenset[str]) -> None:
        self.paths = paths
        self._contents: dict[str, bytes] = {}
        self._names: dict[str, str] = {}

    def keep(self, path: str, member: tarfile.TarInfo, content: IO[bytes] | None) -> None:
        if content is not None:
            self._contents[path] = content.read()

    def revive(self, path: str, member: tarfile.TarInfo) -> tuple[tarfile.TarInfo, IO[bytes] | None]:
        target = _clean(member.linkname)
        if target in self._names:
            member.linkname = self._names[target]
            return member, None
        self._names[target] = member.name
        content = self._contents.get(target)
        if content is None:
            raise InputError(path, f"a hard link to {target}, itself a link that is replaced", "one of them unchanged")
        member.type, member.linkname, member.size = tarfile.REGTYPE, "", len(content)
        return member, io.BytesIO(content)


def _replaced(changes: Changes) -> Iterator[str]:
    """Paths that get another file or link, or another kind."""
    return (path for path, owned in changes.written.items() if owned.change.kind in ("file", "link", "hard link"))


def _changed(member: tarfile.TarInfo, owned: Owned) -> tarfile.TarInfo:
    """A directory or an unchanged file with other attributes."""
    if member.islnk():
        raise InputError(_clean(member.name), f"a hard link to {_clean(member.linkname)}", "the first of its names")
    lost = {"uid", "gid", *(_ATTRIBUTE + name for name in owned.change.lost_attributes)}
    kept = {key: text for key, text in member.pax_headers.items() if key not in lost}
    member.pax_headers = kept | _attributes(owned)
    member.mode = member.mode if owned.change.mode is None else owned.change.mode
    member.uid = member.uid if owned.uid is None else owned.uid
    member.gid = member.gid if owned.gid is None else owned.gid
    return member


def _new(path: str, owned: Owned, epoch: int) -> tuple[tarfile.TarInfo, IO[bytes] | None]:
    change = owned.change
    member = tarfile.TarInfo(f".{path}")
    member.type = _TYPES[change.kind]
    member.mode = _LINK_MODE if change.kind == "link" else change.mode or 0
    member.uid, member.gid = owned.uid or 0, owned.gid or 0
    member.mtime = epoch if change.modified is None else change.modified
    member.linkname = f".{change.target}" if change.kind == "hard link" else change.target
    member.pax_headers = _attributes(owned)
    member.size = change.size
    return member, change.opened() if change.kind == "file" else None


def _attributes(owned: Owned) -> dict[str, str]:
    """Extended attributes as headers; their bytes survive as tarfile writes what it cannot decode."""
    return {
        _ATTRIBUTE + name: value.decode("utf-8", "surrogateescape") for name, value in owned.change.attributes.items()
    }


def _members(archive: IO[bytes]) -> Iterator[tuple[tarfile.TarInfo, IO[bytes] | None]]:
    """Each member in its order, with its content if it is a file; a content is read before the next member."""
    with tarfile.open(fileobj=archive, mode="r|", bufsize=_PIECE) as tar:
        for member in tar:
            yield member, tar.extractfile(member) if member.isreg() else None


@contextmanager
def _writing(path: Path) -> Iterator[tarfile.TarFile]:
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
        yield tar


def _clean(name: str) -> str:
    """The path of a name such as `./etc/passwd`; the root is empty."""
    return name.removeprefix(".").rstrip("/")
