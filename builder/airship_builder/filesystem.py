"""How do changes get onto the disk without mounting it? By debugfs, and e2fsck looks at the result."""

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from airship_builder.base import DIRECTORY
from airship_builder.mounts import ROOT
from airship_builder.overlay import Owned
from airship_builder.run import ask, run
from airship_builder.tree import Change
from airship_images.api.errors import BugError, InputError
from airship_images.api.reasons import Reason

_TYPES: Final = {"file": 0o100000, "directory": 0o040000, "link": 0o120000}  # of i_mode
_LINK_MODE: Final = 0o777
FULL: Final = re.compile(r"Could not allocate (block|inode)|No free space|not enough (free )?space", re.IGNORECASE)
_BLOCK_SIZE: Final = re.compile(r"^Block size: +(\d+)$", re.MULTILINE)
_LONGEST: Final = 8000  # bytes of a line that debugfs reads whole
_NOISE: Final = re.compile(r"debugfs( [\d.]+ \(|:)|Allocated inode:|$")


@dataclass(frozen=True)
class Filesystem:
    """The ext4 of `mount`, at `place` (FILE, or DISK?offset=BYTES); its paths begin at its own root, which is empty.

    `base` says what was in it, `epoch` is the time of all that is written.
    """

    place: str
    mount: str
    base: Mapping[str, str]
    epoch: int

    def apply(self, changes: Mapping[str, Owned], removed: Sequence[str], work: Path) -> None:
        """Write `changes` and take away `removed`; the contents are laid out in the folder `work`.

        Raises InputError when the file system has no room for them.
        """
        work.mkdir(parents=True)
        lines = [f"{'rmdir' if self.base.get(path) == DIRECTORY else 'rm'} {_quote(path)}" for path in removed]
        kept = {"": DIRECTORY, **self.base}
        for path in removed:
            kept.pop(path, None)
        for number, (path, owned) in enumerate(changes.items()):
            lines += _commands(path, owned, kept.get(path), work / str(number), self.epoch)
        names = Counter(owned.change.target for owned in changes.values() if owned.change.kind == "hard link")
        lines += [f"sif {_quote(path)} links_count {more + 1}" for path, more in names.items()]
        script = work / "script"
        script.write_bytes(b"".join(map(_line, lines)))
        environment = {"SOURCE_DATE_EPOCH": str(self.epoch)}
        said = run("debugfs", "-w", "-f", script, self.place, sync=False, env=environment, quiet=True)
        self._check(said)
        run("e2fsck", "-f", "-n", self.place)

    def _check(self, said: str) -> None:
        """Raise for what debugfs said was wrong: it goes on after an error, and ends with 0."""
        errors = [line for line in said.split("\n") if not _NOISE.match(line)]
        if any(FULL.search(line) for line in errors):
            raise too_small(self.mount)
        if errors:
            raise BugError(f"debugfs: {errors[0]}")


def block_size(place: Path) -> int:
    """That of the ext4 in the file `place`, in bytes. Raises BugError when there is none."""
    found = _BLOCK_SIZE.search(ask("dumpe2fs", "-h", place))
    if found is None:
        raise BugError(f"dumpe2fs names no block size for {place.name}")
    return int(found[1])


def too_small(mount: str) -> InputError:
    """The file system of `mount` cannot hold what was asked for."""
    where, what = ("qcow_capacity", "root") if mount == ROOT else ("partitions", mount)
    found = f"a {what} partition too small for its files"
    return InputError(f"storage.{where}", found, "more room", reason=Reason.DISK_FULL)


def _line(command: str) -> bytes:
    line = os.fsencode(command) + b"\n"
    if len(line) > _LONGEST:
        raise InputError("a path of the image", f"{command[:60]}…", "a shorter path", reason=Reason.UNSAFE_FILE_NAME)
    return line


def _commands(path: str, owned: Owned, before: str | None, work: Path, epoch: int) -> Iterator[str]:
    """Those that make the change; `work` is where files for them may lie."""
    change, name = owned.change, _quote(path or "/")
    if change.kind == "attributes":
        yield from _attributes(name, owned, _TYPES["directory" if before == DIRECTORY else "file"])
        return
    if change.kind == "directory":
        if before != DIRECTORY:
            yield f"mkdir {name}"
    elif before is not None:
        yield f"rm {name}"
    if change.kind == "hard link":
        yield f"ln {_quote(change.target)} {name}"
        return
    if change.kind == "file":
        if not isinstance(change.content, Path):
            work.write_bytes(change.content)
        yield f"write {_quote(str(change.content if isinstance(change.content, Path) else work))} {name}"
    if change.kind == "link":
        yield f"symlink {name} {_quote(change.target)}"
    yield from _attributes(name, owned, _TYPES[change.kind])
    yield from _extended(name, change, work)
    if change.kind != "directory" or before != DIRECTORY:
        modified = epoch if change.modified is None else change.modified
        yield f"sif {name} mtime @{modified}"
        yield from (f"sif {name} {stamp} @{epoch}" for stamp in ("atime", "ctime", "crtime"))


def _extended(name: str, change: Change, work: Path) -> Iterator[str]:
    yield from (f"ea_rm {name} {_quote(lost)}" for lost in change.lost_attributes)
    for number, (attribute, value) in enumerate(change.attributes.items()):
        source = work.with_name(f"{work.name}-{number}")
        source.write_bytes(value)
        yield f"ea_set -f {_quote(str(source))} {name} {_quote(attribute)}"


def _attributes(name: str, owned: Owned, type_bits: int) -> Iterator[str]:
    mode = _LINK_MODE if owned.change.kind == "link" else owned.change.mode
    if mode is not None:
        yield f"sif {name} mode 0{type_bits | mode:o}"
    if owned.uid is not None:
        yield f"sif {name} uid {owned.uid}"
    if owned.gid is not None:
        yield f"sif {name} gid {owned.gid}"


def _quote(text: str) -> str:
    """As libss reads it: a doubled quotation mark is one."""
    doubled = text.replace('"', '""')
    return f'"{doubled}"'
