"""Is this root filesystem or disk there already, and is it still what was stored?

An entry is a folder KIND/KEY: its files, and entry.json with their digests and the facts of the entry. It appears
whole by a rename, or not at all; a file that no longer matches its digest makes the entry as good as absent. One that
was found is held until this process ends, so that nobody's pruning takes it away; entry.json's time is its last use.
"""

import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from airship_builder import locks
from airship_builder.digest import file_digest, sparse_digest
from airship_builder.locks import Lock
from airship_builder.run import MINUTE, log
from airship_images.api.quantity import CACHE_LIMIT, byte_size

ENTRY: Final = "entry.json"
SPARSE: Final = ".raw"  # files of this suffix are disk images
DOWNLOADS: Final = "downloads"  # the kind whose entries are files, each under its digest
REMOVED: Final = ".removed-"  # starts the names of folders that are on their way out
PATIENCE: Final = 60 * MINUTE
"""Longest wait for another build that makes the same entry."""
_USE: Final = ".use"  # in the packages' folder: held together by who reads packages, alone by who prunes them


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

    def __init__(self, root: Path, limit: int = byte_size(CACHE_LIMIT)) -> None:
        """`limit`: bytes above which what was used longest ago is pruned."""
        self.root = root
        self.limit = limit
        self._claims: dict[Path, Lock] = {}
        self._held: dict[Path, Lock] = {}
        self._verified: set[Path] = set()

    @property
    def debs(self) -> Path:
        """The packages that were downloaded."""
        return self.root / "debs"

    def peek(self, kind: str, key: str) -> Entry | None:
        """The entry if it is stored, its bytes not looked at; needs no right to write."""
        folder = self.root / kind / key
        record = folder / ENTRY
        held = self._held.get(folder)
        if held is None or not held.is_of(record):  # or it was removed and is made anew
            held = locks.together(record)
            if held is None:
                return None
            self._held[folder] = held
            self._verified.discard(folder)
        known = _read(record)
        return Entry(folder, known.facts) if known else None

    def find(self, kind: str, key: str) -> Entry | None:
        """The entry if it is stored and every byte of it is what was stored; a damaged one is removed.

        Bytes are read once for each process: nobody may change what we hold.
        """
        entry = self.peek(kind, key)
        folder = self.root / kind / key
        damaged = _damage(folder) if folder.exists() and folder not in self._verified else []
        if damaged:
            log(f"cache entry {kind}/{key[:10]} is damaged ({', '.join(damaged)}): removing it")
            self._remove(kind, key)
            return None
        if entry is not None:
            self.touch(kind, key)
            self._verified.add(folder)
        return entry

    def touch(self, kind: str, key: str) -> None:
        """The entry is used now, if it is there."""
        with suppress(FileNotFoundError):
            os.utime(self.root / kind / key / ENTRY)

    def hold(self, path: Path) -> None:
        """Nobody prunes the file `path` until this process ends."""
        if path not in self._held and (lock := locks.together(path)):
            self._held[path] = lock

    def claim(self, kind: str, key: str) -> None:
        """From now on nobody else makes this entry, until it is stored here, or this process ends.

        Waits for whoever makes it now: look for the entry again afterwards.
        """
        path = self.root / kind / key
        if path not in self._claims:
            path.parent.mkdir(parents=True, exist_ok=True)
            said = f"waiting for another build that makes {kind}/{key[:10]}"
            self._claims[path] = locks.alone(lock_of(path), PATIENCE, lambda: log(said))

    def release(self, kind: str, key: str) -> None:
        """Let others make this entry."""
        path = self.root / kind / key
        if lock := self._claims.pop(path, None):
            lock_of(path).unlink(missing_ok=True)
            lock.release()

    @contextmanager
    def alone(self, kind: str, key: str) -> Iterator[None]:
        """The entry is claimed while the block runs, and after it if it was claimed before."""
        claimed = self.root / kind / key in self._claims
        self.claim(kind, key)
        try:
            yield
        finally:
            if not claimed:
                self.release(kind, key)

    @contextmanager
    def storing(self, kind: str, key: str, facts: dict[str, Any]) -> Iterator[Path]:
        """A folder to fill; it becomes the entry, with `facts` as they are then, when the block ends without error."""
        parent = self.root / kind
        self.claim(kind, key)
        unfinished = Path(tempfile.mkdtemp(prefix=f".{key}-", dir=parent))
        try:
            yield unfinished
            _seal(unfinished, facts)
            if not (parent / key).exists():
                unfinished.rename(parent / key)
                sync(parent)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)  # absent when it was renamed
            self.release(kind, key)

    @contextmanager
    def reading_packages(self) -> Iterator[None]:
        """Nobody prunes packages while the block runs; needs no right to write: somebody has downloaded them."""
        path = self.debs / _USE
        if not path.exists():
            path.touch()
        lock = locks.together_when_free(path, PATIENCE, lambda: log("waiting for another build that prunes packages"))
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def changing_packages(self) -> Iterator[None]:
        """While the block runs nobody else downloads packages, or prunes them."""
        self.debs.mkdir(parents=True, exist_ok=True)
        lock = locks.alone(self.debs / ".lock", PATIENCE, lambda: log("waiting for another build's downloads"))
        with self.reading_packages():
            try:
                yield
            finally:
                lock.release()

    def packages_if_unused(self) -> Lock | None:
        """The right to remove packages; None while a build reads them."""
        return locks.alone_if_free(self.debs / _USE)

    def _remove(self, kind: str, key: str) -> None:
        """Unless another process did, and has stored it anew."""
        folder = self.root / kind / key
        with self.alone(kind, key):
            lock = self._held.pop(folder, None)  # None where there is no record to hold
            if folder.exists() and (lock is None or lock.is_of(folder / ENTRY)):
                discard(folder)
            if lock is not None:
                lock.release()


def lock_of(folder: Path) -> Path:
    """The file that is locked by who makes the entry `folder`."""
    return folder.with_name(f".{folder.name}.lock")


def discard(path: Path) -> None:
    """Take `path` away: first its name, then its files; what is left of it after a kill is swept later."""
    doomed = path.with_name(f"{REMOVED}{path.name}-{secrets.token_hex(4)}")  # no new folder: the disk may be full
    try:
        path.rename(doomed)
    except FileNotFoundError:  # another process was faster
        return
    if doomed.is_dir():
        shutil.rmtree(doomed, ignore_errors=True)
    else:
        doomed.unlink(missing_ok=True)  # another process may have swept it


def sync(path: Path) -> None:
    """Bring a file or folder to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _seal(folder: Path, facts: Mapping[str, Any]) -> None:
    paths = sorted(folder.iterdir())
    with ThreadPoolExecutor() as pool:
        syncing = pool.map(sync, paths)  # waits for the disk while we compute
        files = {path.name: _digest(path) for path in paths}
        list(syncing)
    (folder / ENTRY).write_text(json.dumps({"files": files, "facts": facts}, indent=1))
    sync(folder / ENTRY)
    folder.chmod(0o755)
    sync(folder)


@dataclass(frozen=True)
class _Record:
    """entry.json."""

    files: dict[str, str]
    facts: dict[str, Any]


def _read(record: Path) -> _Record | None:
    """None where it is not what was written."""
    try:
        known = json.loads(record.read_text())
        return _Record(dict(known["files"]), dict(known["facts"]))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def _damage(folder: Path) -> list[str]:
    """The files of the entry that are not what was stored."""
    known = _read(folder / ENTRY)
    if known is None:
        return [ENTRY]
    return [name for name, digest in known.files.items() if _digest(folder / name) != digest]


def _digest(path: Path) -> str:
    if not path.exists():
        return "absent"
    return sparse_digest(path) if path.suffix == SPARSE else file_digest(path)
