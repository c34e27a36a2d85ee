"""The cache keeps its limit without taking anything away from a build that uses it."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from airship_builder import locks
from airship_builder.cache import ENTRY, Cache
from airship_builder.prune import prune, sweep, sweep_store, tidied
from airship_builder.repack import FOLDER

MIB = 1 << 20
DAY = 24 * 3600.0


def a_cache(folder: Path, *, limit: int) -> Cache:
    return Cache(folder, limit)


def stored(folder: Path, key: str, *, days_ago: float, kind: str = "disk", size: int = MIB) -> Path:
    """An entry that was used last some days ago, by a process that has ended."""
    cache = Cache(folder)
    with cache.storing(kind, key, {}) as unfinished:
        (unfinished / "data").write_bytes(os.urandom(size))
    entry = folder / kind / key
    used(entry / ENTRY, days_ago)
    return entry


def used(path: Path, days_ago: float) -> None:
    then = time.time() - days_ago * DAY
    os.utime(path, (then, then))


def downloaded(folder: Path, name: str, *, days_ago: float) -> Path:
    path = folder / "debs" / name
    with Cache(folder).changing_packages():
        path.write_bytes(os.urandom(MIB))
    used(path, days_ago)
    return path


def in_the_first_removal(monkeypatch: pytest.MonkeyPatch, work: Callable[[], object]) -> None:
    """Another build does `work` when something has lost its name, and is still there under another one."""
    rename = Path.rename

    def rename_and_pause(path: Path, target: Path) -> Path:
        monkeypatch.undo()
        renamed = rename(path, target)
        work()
        return renamed

    monkeypatch.setattr(Path, "rename", rename_and_pause)


def test_what_was_used_longest_ago_goes_first_and_no_more_than_must(tmp_path: Path) -> None:
    oldest = stored(tmp_path, "oldest", days_ago=3)
    middle = stored(tmp_path, "middle", days_ago=2, kind="rootfs")
    newest = stored(tmp_path, "newest", days_ago=1)
    prune(a_cache(tmp_path, limit=5 * MIB // 2))
    assert not oldest.exists()
    assert middle.exists()
    assert newest.exists()


def test_a_repacked_package_goes_by_itself(tmp_path: Path) -> None:
    (tmp_path / "debs" / FOLDER).mkdir(parents=True)
    original = downloaded(tmp_path, "one.deb", days_ago=1)
    repacked = downloaded(tmp_path, f"{FOLDER}/one.deb", days_ago=2)
    prune(a_cache(tmp_path, limit=3 * MIB // 2))
    assert original.exists()
    assert not repacked.exists()


def test_what_a_killed_build_was_repacking_goes_after_a_day(tmp_path: Path) -> None:
    left, fresh = (tmp_path / "debs" / FOLDER / name for name in (".left", ".fresh"))
    for folder in (left, fresh):
        folder.mkdir(parents=True)
    used(left, 2)
    sweep(a_cache(tmp_path, limit=MIB))
    assert not left.exists()
    assert fresh.exists()


def test_a_download_goes_like_an_entry_unless_a_process_holds_it(tmp_path: Path) -> None:
    folder = tmp_path / "downloads"
    folder.mkdir()
    held, free = folder / ("a" * 64), folder / ("b" * 64)
    for path in (held, free):
        path.write_bytes(os.urandom(MIB))
        used(path, 3)
    user = a_cache(tmp_path, limit=0)
    user.hold(held)
    prune(a_cache(tmp_path, limit=0))
    assert held.exists()
    assert not free.exists()


def test_packages_and_their_lists_count_and_go_like_entries(tmp_path: Path) -> None:
    lists = tmp_path / "debs/lists-0123"
    lists.mkdir(parents=True)
    (lists / "Packages").write_bytes(os.urandom(MIB))
    used(lists, 9)
    old, new = downloaded(tmp_path, "a.deb", days_ago=8), downloaded(tmp_path, "b.deb", days_ago=1)
    entry = stored(tmp_path, "entry", days_ago=2)
    prune(a_cache(tmp_path, limit=5 * MIB // 2))
    assert (lists.exists(), old.exists(), new.exists(), entry.exists()) == (False, False, True, True)


def test_an_entry_that_is_found_becomes_the_newest(tmp_path: Path) -> None:
    first, second = stored(tmp_path, "first", days_ago=2), stored(tmp_path, "second", days_ago=1)
    assert Cache(tmp_path).find("disk", "first")
    prune(a_cache(tmp_path, limit=3 * MIB // 2))
    assert (first.exists(), second.exists()) == (True, False)


@pytest.mark.parametrize("look", [Cache.find, Cache.peek])
def test_what_a_process_has_found_is_never_removed(tmp_path: Path, look: object) -> None:
    entry = stored(tmp_path, "k", days_ago=5)
    user = Cache(tmp_path)
    assert callable(look)
    assert look(user, "disk", "k") is not None
    used(entry / ENTRY, 5)
    prune(a_cache(tmp_path, limit=0))
    assert entry.exists()
    del user
    held = locks.together(entry / ENTRY)
    assert held is not None
    held.release()


def test_packages_that_a_build_reads_are_never_removed(tmp_path: Path) -> None:
    package = downloaded(tmp_path, "a.deb", days_ago=5)
    with Cache(tmp_path).reading_packages():
        prune(a_cache(tmp_path, limit=0))
    assert package.exists()
    prune(a_cache(tmp_path, limit=0))
    assert not package.exists()


def test_what_was_used_minutes_ago_stays_since_the_next_container_needs_it(tmp_path: Path) -> None:
    entry = stored(tmp_path, "k", days_ago=0)
    prune(a_cache(tmp_path, limit=0))
    assert entry.exists()


def test_an_entry_that_was_used_and_let_go_while_another_was_removed_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, kept = stored(tmp_path, "gone", days_ago=3), stored(tmp_path, "kept", days_ago=2)
    in_the_first_removal(monkeypatch, lambda: Cache(tmp_path).touch("disk", "kept"))
    prune(a_cache(tmp_path, limit=0))
    assert (gone.exists(), kept.exists()) == (False, True)
    used(kept / ENTRY, 2)
    prune(a_cache(tmp_path, limit=0))
    assert not kept.exists()


def test_what_another_build_sweeps_away_first_is_removed_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = [downloaded(tmp_path, name, days_ago=5) for name in ("a.deb", "b.deb")]
    in_the_first_removal(monkeypatch, lambda: sweep(Cache(tmp_path)))
    prune(a_cache(tmp_path, limit=0))
    assert not any(package.exists() for package in packages)


def test_the_limit_is_kept_below_what_the_volume_can_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit beyond the volume would leave every build with a full disk."""
    entry = stored(tmp_path, "k", days_ago=1)
    volume = os.statvfs(tmp_path)
    full = os.statvfs_result((*volume[:4], 0, *volume[5:]))
    monkeypatch.setattr(os, "statvfs", lambda _: full)
    prune(a_cache(tmp_path, limit=1 << 50))
    assert not entry.exists()


def test_a_killed_build_s_leftovers_are_swept_and_a_living_one_s_are_not(tmp_path: Path) -> None:
    dead, living = tmp_path / "disk/.dead-1234", tmp_path / "disk/.living-1234"
    for unfinished in (dead, living):
        unfinished.mkdir(parents=True)
        (unfinished / "disk.raw").write_bytes(b"half")
    (tmp_path / "disk/.dead.lock").touch()
    builder = Cache(tmp_path)
    builder.claim("disk", "living")
    half_removed = tmp_path / "disk/.removed-1234"
    half_removed.mkdir()
    used(half_removed, 1)
    sweep(Cache(tmp_path))
    assert sorted(path.name for path in (tmp_path / "disk").iterdir()) == [".living-1234", ".living.lock"]


def test_a_cache_is_tidied_before_and_after_something_is_stored_in_it(tmp_path: Path) -> None:
    cache = a_cache(tmp_path / "new", limit=0)
    with tidied(cache):
        entry = stored(cache.root, "k", days_ago=1)
    assert not entry.exists()


def test_downloads_that_nobody_went_on_with_are_swept(tmp_path: Path) -> None:
    partial = tmp_path / "debs/partial"
    partial.mkdir(parents=True)
    for name, days_ago in (("old.deb", 2), ("new.deb", 0.1)):
        (partial / name).touch()
        used(partial / name, days_ago)
    sweep(Cache(tmp_path))
    assert [path.name for path in partial.iterdir()] == ["new.deb"]


def test_what_was_half_published_is_swept_and_what_is_published_never(tmp_path: Path) -> None:
    for name in (".unfinished-old", ".unfinished-new", "a" * 64):
        (tmp_path / name).mkdir()
    (tmp_path / "by-build").mkdir()
    for name in (".tmpold", ".tmpnew", "b.json"):
        (tmp_path / "by-build" / name).touch()
    for old in (".unfinished-old", "a" * 64, "by-build/.tmpold", "by-build/b.json"):
        used(tmp_path / old, 2)
    sweep_store(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {".unfinished-new", "a" * 64, "by-build"}
    assert {path.name for path in (tmp_path / "by-build").iterdir()} == {".tmpnew", "b.json"}
