"""An entry of the cache is there whole, or not at all."""

from pathlib import Path

import pytest

from airship_builder.cache import Cache
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


@pytest.mark.parametrize("name", ["data", "disk.raw"])
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
