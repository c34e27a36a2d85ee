"""An entry of the cache is there whole, or not at all."""

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from airship_builder.cache import Cache, Entry
from airship_builder.digest import sparse_digest


def stored(cache: Cache, key: str = "k") -> None:
    with cache.storing("rootfs", key, {"answer": 42}) as folder:
        (folder / "data").write_bytes(b"x" * 100)
        (folder / "disk.raw").write_bytes(b"\0" * (3 << 20) + b"end")


def test_what_was_stored_is_found_with_its_facts(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    stored(cache)
    entry = cache.find("rootfs", "k")
    assert entry is not None
    assert entry.facts == {"answer": 42}
    assert entry.file("data").read_bytes() == b"x" * 100


def test_an_entry_whose_making_failed_is_not_there_and_leaves_nothing(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    with pytest.raises(RuntimeError), cache.storing("rootfs", "k", {}) as folder:
        (folder / "data").write_bytes(b"half")
        raise RuntimeError
    assert cache.find("rootfs", "k") is None
    assert list((tmp_path / "rootfs").iterdir()) == []


@pytest.mark.parametrize("name", ["data", "disk.raw", "entry.json"])
@pytest.mark.parametrize("damage", ["changed", "cut", "gone"])
def test_a_damaged_entry_is_removed(tmp_path: Path, name: str, damage: str) -> None:
    cache = Cache(tmp_path)
    stored(cache)
    path = tmp_path / "rootfs/k" / name
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-1] + (b"!" if damage == "changed" else b""))
    assert cache.find("rootfs", "k") is None
    assert not (tmp_path / "rootfs/k").exists()
    stored(cache)
    assert cache.find("rootfs", "k") is not None


def test_the_first_of_two_that_store_the_same_entry_wins(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    with cache.storing("rootfs", "k", {"by": 2}):
        stored(cache)
    entry = cache.find("rootfs", "k")
    assert entry is not None
    assert entry.facts == {"answer": 42}


def test_holes_and_written_zeros_are_the_same_disk(tmp_path: Path) -> None:
    with (tmp_path / "holes.raw").open("wb") as file:
        file.seek(5 << 20)
        file.write(b"data")
        file.truncate(9 << 20)
    (tmp_path / "zeros.raw").write_bytes(b"\0" * (5 << 20) + b"data" + b"\0" * ((4 << 20) - 4))
    assert sparse_digest(tmp_path / "holes.raw") == sparse_digest(tmp_path / "zeros.raw")
    (tmp_path / "longer.raw").write_bytes((tmp_path / "zeros.raw").read_bytes() + b"\0")
    assert sparse_digest(tmp_path / "longer.raw") != sparse_digest(tmp_path / "zeros.raw")


def test_an_entry_is_made_by_one_process_at_a_time_and_then_found_by_the_other(tmp_path: Path) -> None:
    first, second = Cache(tmp_path), Cache(tmp_path)
    first.claim("rootfs", "k")
    found: list[Entry | None] = []

    def wait_and_look() -> None:
        with second.alone("rootfs", "k"):
            found.append(second.find("rootfs", "k"))

    waiting = threading.Thread(target=wait_and_look)
    waiting.start()
    time.sleep(0.3)
    assert found == []
    stored(first)
    waiting.join(60)
    assert [entry and entry.facts for entry in found] == [{"answer": 42}]


def test_who_reads_packages_waits_until_one_is_pruned_and_then_keeps_the_others(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    with cache.changing_packages():
        pass
    pruning = cache.packages_if_unused()
    assert pruning is not None
    reading, read = threading.Event(), threading.Event()

    def read_packages() -> None:
        with Cache(tmp_path).reading_packages():
            reading.set()
            read.wait(60)

    reader = threading.Thread(target=read_packages)
    reader.start()
    assert not reading.wait(0.3)
    pruning.release()
    assert reading.wait(60)
    assert cache.packages_if_unused() is None
    read.set()
    reader.join(60)


def test_who_dies_while_making_an_entry_holds_nobody_up(tmp_path: Path) -> None:
    code = "import sys, os; from pathlib import Path; from airship_builder.cache import Cache\n"
    code += "cache = Cache(Path(sys.argv[1])); cache.claim('rootfs', 'k'); os.kill(os.getpid(), 9)"
    died = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert died.returncode == -signal.SIGKILL
    cache = Cache(tmp_path)
    stored(cache)
    assert cache.find("rootfs", "k") is not None


def test_two_that_find_the_same_damage_do_not_remove_what_is_made_anew(tmp_path: Path) -> None:
    slow, quick = Cache(tmp_path), Cache(tmp_path)
    stored(quick)
    (tmp_path / "rootfs/k/data").write_bytes(b"damaged")
    assert slow.peek("rootfs", "k") is not None
    assert quick.find("rootfs", "k") is None
    stored(quick)
    assert slow.find("rootfs", "k") is not None
    assert Cache(tmp_path).find("rootfs", "k") is not None


def test_an_entry_can_be_read_where_nothing_can_be_written(tmp_path: Path) -> None:
    stored(Cache(tmp_path))
    for path in (tmp_path / "rootfs/k", tmp_path / "rootfs/k/entry.json"):
        path.chmod(path.stat().st_mode & ~0o222)
    assert Cache(tmp_path).peek("rootfs", "k") is not None
