"""Where in the image does a path lead? Links are followed as the booted image would, and never out of it."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Final, Literal

from airship_builder.base import DIRECTORY, FILE, LINK
from airship_images.api.errors import InputError
from airship_images.api.reasons import Reason

_MAX_LINKS: Final = 40  # as path_resolution(7)
_MAX_NAME: Final = 255  # bytes, ext4
_CONTROL: Final = {chr(code) for code in (*range(32), 127)}
ROOT: Final = "root"


@dataclass(frozen=True)
class Change:
    """What a path becomes; `attributes` changes mode and owners alone, where they are given.

    The content of a file is in memory, or in a file of the builder's.
    """

    kind: Literal["file", "directory", "link", "hard link", "attributes"]
    mode: int | None = None
    owner: str | None = ROOT
    group: str | None = ROOT
    content: bytes | Path = b""
    target: str = ""
    """Of a link: where it leads; of a hard link: the path of the file that it is another name of."""
    attributes: Mapping[str, bytes] = field(default_factory=dict)
    """Extended ones that it has."""
    lost_attributes: tuple[str, ...] = ()
    """Extended ones that it had."""
    modified: int | None = None
    """When it was written (seconds); None: when the image was."""

    @property
    def size(self) -> int:
        """Bytes of the content."""
        return self.content.stat().st_size if isinstance(self.content, Path) else len(self.content)

    def opened(self) -> IO[bytes]:
        """The content, to be read."""
        return self.content.open("rb") if isinstance(self.content, Path) else io.BytesIO(self.content)


class Tree:
    """The paths of a root filesystem, and the changes made to them."""

    def __init__(self, paths: Mapping[str, str]) -> None:
        self.base = paths
        self.changes: dict[str, Change] = {}
        self.removed: set[str] = set()

    def kind(self, path: str) -> str | None:
        """What is at the real path `path`, as base.py writes it; None when nothing is."""
        change = self.changes.get(path)
        if path in self.removed:
            return None
        if change is None or change.kind == "attributes":
            return DIRECTORY if path == "" else self.base.get(path)
        return {"directory": DIRECTORY, "link": LINK + change.target}.get(change.kind, FILE)

    def put(self, path: str, change: Change) -> None:
        """Make `path` what `change` says, with the directories above it; a link at its end is replaced."""
        real = self.resolve(path, follow_last=change.kind == "directory")
        before = self.kind(real)
        if before == DIRECTORY and change.kind != "directory":
            raise InputError(path, "a directory", f"a place for a {change.kind}", reason=Reason.PATH_CONFLICT)
        if before == FILE and change.kind == "directory":
            raise InputError(path, "a file", "a place for a directory", reason=Reason.PATH_CONFLICT)
        self._add_parents(real)
        self.removed.discard(real)
        self.changes[real] = change

    def links(self) -> list[str]:
        """The paths of all links."""
        return [path for path in {**self.base, **self.changes} if (self.kind(path) or "").startswith(LINK)]

    def remove(self, path: str) -> None:
        """Take away the link at the real path `path`."""
        self.changes.pop(path, None)
        if path in self.base:
            self.removed.add(path)

    def set_attributes(self, path: str, mode: int | None, owner: str | None, group: str | None) -> None:
        """Change mode and owners of what is at `path`, links followed; raises InputError when nothing is there."""
        real = self.resolve(path, follow_last=True)
        if self.kind(real) is None:
            raise InputError(path, "nothing there", "a path of the image, its packages or its files")
        before = self.changes.get(real, Change("attributes", owner=None, group=None))
        self.changes[real] = replace(
            before,
            mode=before.mode if mode is None else mode,
            owner=before.owner if owner is None else owner,
            group=before.group if group is None else group,
        )

    def resolve(self, path: str, *, follow_last: bool) -> str:
        """The real path of `path`: no link in it but, unless `follow_last`, its end; `""` is the root."""
        check_path(path)
        real: list[str] = []
        todo = path.split("/")[::-1]
        links = 0
        while todo:
            part = todo.pop()
            if part in ("", "."):
                continue
            if part == "..":
                real = real[:-1]
                continue
            here = "/".join(["", *real, part])
            kind = self.kind(here) or ""
            rest = any(name not in ("", ".") for name in todo)
            if kind.startswith(LINK) and (rest or follow_last):
                links += 1
                if links > _MAX_LINKS:
                    raise InputError(
                        path, "a loop of links", "a path that leads somewhere", reason=Reason.PATH_CONFLICT
                    )
                target = kind.removeprefix(LINK)
                real = [] if target.startswith("/") else real
                todo += target.split("/")[::-1]
                continue
            if kind == FILE and rest:
                raise InputError(path, f"the file {here}", "a directory there", reason=Reason.PATH_CONFLICT)
            real.append(part)
        return "".join(f"/{part}" for part in real)

    def _add_parents(self, real: str) -> None:
        parts = real.split("/")[1:-1]
        for depth in range(1, len(parts) + 1):
            parent = "".join(f"/{part}" for part in parts[:depth])
            if self.kind(parent) is None:
                self.changes[parent] = Change("directory", mode=0o755)


def check_path(path: str) -> None:
    """Raise InputError unless `path` is absolute and can be a name in a file system."""
    if not path.startswith("/"):
        raise InputError("path", repr(path), "an absolute path", reason=Reason.UNSAFE_FILE_NAME)
    if _CONTROL & set(path):
        raise InputError("path", repr(path), "a path without control characters", reason=Reason.UNSAFE_FILE_NAME)
    if any(len(part.encode()) > _MAX_NAME for part in path.split("/")):
        raise InputError("path", f"{path[:40]}…", f"names of {_MAX_NAME} bytes or less", reason=Reason.UNSAFE_FILE_NAME)
