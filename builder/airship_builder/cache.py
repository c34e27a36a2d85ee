"""Is this root filesystem or disk there already, and is it still what was stored?

An entry is a folder KIND/KEY: its files, and entry.json with their digests and the facts of the entry. It appears
whole by a rename, or not at all; a file that no longer matches its digest makes the entry as good as absent.
"""

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from airship_builder.digest import file_digest, sparse_digest
from airship_builder.run import log

ENTRY: Final = "entry.json"
SPARSE: Final = ".raw"  # files of this suffix are disk images


@dataclass(frozen=True)
class Entry:
    """A stored entry: its folder, and the facts that were stored with it."""

    folder: Path
    facts: Mapping[str, Any]

    def file(self, name: str) -> Path:
        """The path of one of its files."""
        return self.folder / name


class Cache:
    """The cache folder; several builds may use it at once."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def debs(self) -> Path:
        """The packages that were downloaded."""
        return self.root / "debs"

    def peek(self, kind: str, key: str) -> Entry | None:
        """The entry if it is stored, its bytes not looked at."""
        record = self.root / kind / key / ENTRY
        return Entry(record.parent, json.loads(record.read_text())["facts"]) if record.exists() else None

    def find(self, kind: str, key: str) -> Entry | None:
        """The entry if it is stored and every byte of it is what was stored; a damaged one is removed."""
        entry = self.peek(kind, key)
        if entry is None:
            return None
        damaged = [name for name, digest in _digests(entry.folder).items() if _digest(entry.file(name)) != digest]
        if not damaged:
            return entry
        log(f"cache entry {kind}/{key[:10]} is damaged ({', '.join(damaged)}): removing it")
        self.remove(kind, key)
        return None

    def remove(self, kind: str, key: str) -> None:
        """Take the entry away: first its name, then its files."""
        doomed = Path(tempfile.mkdtemp(prefix=".removed-", dir=self.root / kind))
        (self.root / kind / key).rename(doomed / key)
        shutil.rmtree(doomed)

    @contextmanager
    def alone(self, kind: str, key: str) -> Iterator[None]:
        """Wait until no other process is making this entry; ends by itself when a process dies."""
        folder = self.root / kind
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / f".{key}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @contextmanager
    def storing(self, kind: str, key: str, facts: dict[str, Any]) -> Iterator[Path]:
        """A folder to fill; it becomes the entry, with `facts` as they are then, when the block ends without error."""
        parent = self.root / kind
        parent.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=f".{key[:10]}-", dir=parent))
        try:
            yield unfinished
            _seal(unfinished, facts)
            if not (parent / key).exists():
                unfinished.rename(parent / key)
                sync(parent)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)  # absent when it was renamed


def sync(path: Path) -> None:
    """Bring a file or folder to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _seal(folder: Path, facts: Mapping[str, Any]) -> None:
    files = {path.name: _digest(path) for path in sorted(folder.iterdir())}
    (folder / ENTRY).write_text(json.dumps({"files": files, "facts": facts}, indent=1))
    for path in folder.iterdir():
        sync(path)
    folder.chmod(0o755)
    sync(folder)


def _digests(folder: Path) -> dict[str, str]:
    return dict(json.loads((folder / ENTRY).read_text())["files"])


def _digest(path: Path) -> str:
    if not path.exists():
        return "absent"
    return sparse_digest(path) if path.suffix == SPARSE else file_digest(path)
