"""What did programs change in an unpacked root filesystem?"""

import os
import stat
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from airship_builder.attributes import read_attributes
from airship_builder.changes import Changes
from airship_builder.overlay import Owned
from airship_builder.run import log
from airship_builder.tree import Change
from airship_images.api.errors import InputError
from airship_images.api.reasons import Reason

NOT_OF_THE_IMAGE: Final = frozenset({"/dev", "/proc", "/run", "/sys", "/tmp"})  # noqa: S108  (the image's own)
"""What is in these folders belongs to a running system: it gets into no image."""

_LONGEST_MOMENT: Final = 2.0  # seconds; a file system may count in whole ones, or has times of another clock
_TICK: Final = 0.001  # seconds

_KINDS: Final[Mapping[int, Literal["file", "directory", "link"]]] = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "directory",
    stat.S_IFLNK: "link",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """One path as it was found.

    A file or link is as it was when it is the same inode with the same time of change, which no program can set. A
    directory's time changes with what is in it, so its attributes are compared.
    """

    kind: Literal["file", "directory", "link"]
    mode: int
    uid: int
    gid: int
    inode: int
    links: int
    changed: int  # nanoseconds
    modified: int  # seconds
    attributes: Mapping[str, bytes]

    def is_as(self, other: "Seen | None") -> bool:
        """Is nothing different from `other`?"""
        if other is None or self.kind != other.kind:
            return False
        if self.kind == "directory":
            mine, its = ((one.mode, one.uid, one.gid, one.attributes) for one in (self, other))
            return mine == its
        return (self.inode, self.changed) == (other.inode, other.changed)


Snapshot = Mapping[str, Seen]
"""By path as the image knows it; a folder before what is in it. The root is the empty path."""


def look(tree: Path) -> Snapshot:
    """All that is in `tree`; nothing in it may be running. What is changed from now on has another time of change.

    Raises InputError for what no image can hold: a device node, a named pipe, a name with a control character.
    """
    found = dict(_walk(tree, ""))
    _let_pass(max(seen.changed for seen in found.values()), tree.parent)
    return found


def _let_pass(moment: int, folder: Path) -> None:
    """Wait until what changes in `folder` gets a later time than `moment`: before Linux 6.13 several ms have one."""
    deadline, pause = time.monotonic() + _LONGEST_MOMENT, 0.0  # no pause where each change has a time of its own
    with tempfile.TemporaryFile(dir=folder) as probe:
        while os.fstat(probe.fileno()).st_ctime_ns <= moment and time.monotonic() < deadline:
            time.sleep(pause)
            os.fchmod(probe.fileno(), 0o600)
            pause = _TICK


def difference(before: Snapshot, tree: Path, epoch: int) -> Changes:
    """What `tree` has now that was not so `before`. What was written later than `epoch` is said to be of `epoch`."""
    after = look(tree)
    different = {path: seen for path, seen in after.items() if not seen.is_as(before.get(path))}
    first: dict[int, str] = {}
    written: dict[str, Owned] = {}
    for path, seen in sorted(different.items()):
        if seen.kind == "file" and seen.links > 1:
            original = first.setdefault(seen.inode, path)
            if original != path:
                written[path] = Owned(Change("hard link", owner=None, group=None, target=original), None, None)
                continue
        written[path] = Owned(_change(tree, path, seen, before.get(path), epoch), seen.uid, seen.gid)
    return Changes(written, _removed(before, after))


def _removed(before: Snapshot, after: Snapshot) -> list[str]:
    """What is gone, or has made way for something of another kind; what was in a folder before the folder."""
    gone = [path for path, seen in before.items() if path not in after or _made_way(seen, after[path])]
    return sorted(gone, reverse=True)


def _made_way(before: Seen, after: Seen) -> bool:
    return (before.kind == "directory") != (after.kind == "directory")


def _change(tree: Path, path: str, seen: Seen, before: Seen | None, epoch: int) -> Change:
    place = str(tree) + path
    attributes = seen.attributes if seen.kind == "directory" else read_attributes(place)
    lost = () if before is None or before.kind != "directory" else tuple(before.attributes.keys() - attributes.keys())
    return Change(
        seen.kind,
        mode=seen.mode,
        owner=None,
        group=None,
        content=Path(place) if seen.kind == "file" else b"",
        target=os.readlink(place) if seen.kind == "link" else "",  # noqa: PTH115  (a Path would tidy it up)
        attributes=attributes,
        lost_attributes=lost,
        modified=min(seen.modified, epoch) if seen.kind != "directory" else None,
    )


def _walk(tree: Path, path: str) -> Iterator[tuple[str, Seen]]:
    found = _see(str(tree) + path, path)
    if found is None:
        return
    yield path, found
    if found.kind != "directory" or path in NOT_OF_THE_IMAGE:
        return
    with os.scandir(str(tree) + path) as entries:
        names = sorted(entry.name for entry in entries)
    for name in names:
        yield from _walk(tree, f"{path}/{name}")


def _see(place: str, path: str) -> Seen | None:
    """None for a socket: its program has ended, so it is nothing any more."""
    if any(character < " " or character == "\x7f" for character in path):
        raise _refused(path, "a control character in a file name")
    found = os.lstat(place)
    kind = _KINDS.get(stat.S_IFMT(found.st_mode))
    if kind is None:
        if stat.S_ISSOCK(found.st_mode):
            log(f"{path} is a socket that nobody listens at: left out")
            return None
        raise _refused(path, "a device node" if not stat.S_ISFIFO(found.st_mode) else "a named pipe")
    return Seen(
        kind=kind,
        mode=stat.S_IMODE(found.st_mode),
        uid=found.st_uid,
        gid=found.st_gid,
        inode=found.st_ino,
        links=found.st_nlink,
        changed=found.st_ctime_ns,
        modified=int(found.st_mtime),
        attributes=read_attributes(place) if kind == "directory" else {},
    )


def _refused(path: str, found: str) -> InputError:
    expected = "files, folders and links alone"
    return InputError(f"{path!r} in the image", found, expected, reason=Reason.SCRIPT_FAILED)
