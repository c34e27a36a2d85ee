"""What may leave the cache? Leftovers of builds that were killed, and what was used longest ago once it is too much.

What is in use stays: entries and packages that a process holds, and whatever was used within the last minutes, since
between two containers of one Job nobody holds anything.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from airship_builder import locks
from airship_builder.cache import DOWNLOADS, ENTRY, REMOVED, Cache, discard
from airship_builder.locks import Lock
from airship_builder.repack import FOLDER
from airship_builder.run import MINUTE, log

GRACE: Final = 10 * MINUTE
"""For so long after its last use nothing is pruned."""
_ABANDONED: Final = 24 * 60 * MINUTE
"""For so long after its last change somebody may go on with a half-downloaded package, or a half-published image."""
_SHARE: Final = 0.8
"""Of what the volume has room for; the rest is for the entry that is being made."""
_MIB: Final = 1 << 20


@dataclass(frozen=True)
class Item:
    """Something that can be removed by itself: when it was used last, and the bytes that it takes."""

    path: Path
    marker: Path
    """What has the time of its last use."""
    used: float
    size: int
    hold: Callable[[], Lock | None]
    """Gives the right to remove it, or None while it is in use."""

    def used_again(self) -> bool:
        """Was it used since we looked?"""
        try:
            return self.marker.stat().st_mtime > self.used
        except FileNotFoundError:  # another process was faster
            return False


@contextmanager
def tidied(cache: Cache) -> Iterator[None]:
    """Before and after the block, `cache` holds no leftovers, and no more than its limit if it can be helped."""
    _tidy(cache)
    try:
        yield
    finally:
        _tidy(cache)


def prune(cache: Cache, *, grace: float = GRACE) -> None:
    """Remove what was used longest ago until the cache's limit is kept; `grace` is in seconds."""
    items = sorted(_items(cache), key=lambda item: item.used)
    size = sum(item.size for item in items)
    allowed = min(cache.limit, _share_of_volume(cache.root, size))
    before = size
    for item in items:
        if size <= allowed or item.used > time.time() - grace:
            break
        if _remove(item):
            size -= item.size
    if size < before:
        log(f"removed {(before - size) // _MIB} MiB from the cache that were not used lately")
    if size > allowed:
        log(f"the cache holds {size // _MIB} MiB, all of it in use, and may hold {allowed // _MIB} MiB")


def sweep(cache: Cache, *, grace: float = GRACE) -> None:
    """Remove what killed builds left: unfinished and half-removed entries, and the locks of nobody."""
    for lock_file in cache.root.glob("*/.?*.lock"):
        lock = locks.alone_if_free(lock_file)
        if lock is None:
            continue
        for unfinished in lock_file.parent.glob(f"{lock_file.name.removesuffix('.lock')}-*"):
            discard(unfinished)
        lock_file.unlink()
        lock.release()
    for doomed in cache.root.glob(f"*/{REMOVED}*"):
        if _older(doomed, grace):
            discard(doomed)
    for unfinished in (*cache.debs.glob("partial/*"), *cache.debs.glob(f"{FOLDER}/.*")):
        if _older(unfinished, _ABANDONED):
            discard(unfinished)


def sweep_store(output: Path) -> None:
    """Remove what was left in the store by who was killed while publishing or removing; no URL leads to it."""
    for left in (*output.glob(".unfinished-*"), *output.glob(f"{REMOVED}*"), *output.glob("by-*/.*")):
        if _older(left, _ABANDONED):
            discard(left)


def _tidy(cache: Cache) -> None:
    cache.root.mkdir(parents=True, exist_ok=True)
    sweep(cache)
    prune(cache)


def _items(cache: Cache) -> Iterator[Item]:
    for record in cache.root.glob(f"*/*/{ENTRY}"):
        yield from _item(record.parent, record, partial(locks.alone_if_free, record))
    for download in cache.root.glob(f"{DOWNLOADS}/[0-9a-f]*"):
        yield from _item(download, download, partial(locks.alone_if_free, download))
    for package in (*cache.debs.glob("*.deb"), *cache.debs.glob(f"{FOLDER}/*.deb"), *cache.debs.glob("lists-*")):
        yield from _item(package, package, cache.packages_if_unused)


def _item(path: Path, marker: Path, hold: Callable[[], Lock | None]) -> Iterator[Item]:
    """Nothing when another process removed it while we looked."""
    try:
        yield Item(path, marker, marker.stat().st_mtime, _size(path), hold)
    except FileNotFoundError:
        return


def _size(path: Path) -> int:
    """Bytes on the disk; the holes of a disk image take none."""
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.lstat().st_blocks * 512 for file in files)


def _remove(item: Item) -> bool:
    """Not while it is in use, nor when it was used since it was listed."""
    lock = item.hold()
    if lock is None:
        return False
    unused = not item.used_again()
    if unused:
        discard(item.path)
    lock.release()
    return unused


def _share_of_volume(root: Path, size: int) -> int:
    volume = os.statvfs(root)
    return int((size + volume.f_bavail * volume.f_frsize) * _SHARE)


def _older(path: Path, seconds: float) -> bool:
    try:
        return path.stat().st_mtime < time.time() - seconds
    except FileNotFoundError:
        return False
