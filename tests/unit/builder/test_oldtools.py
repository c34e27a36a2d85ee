"""Tools roots of former releases go when nobody has used them for a month."""

import os
import time
from pathlib import Path

from airship_builder import locks, oldtools


def a_root(folder: Path, name: str, *, days_ago: float | None = None) -> Path:
    root = folder / name
    (root / "usr").mkdir(parents=True)
    if days_ago is not None:
        then = time.time() - days_ago * 24 * 3600
        marker = folder / f"{name}.used"
        marker.touch()
        os.utime(marker, (then, then))
    return root


def test_what_was_not_used_for_a_month_is_removed_unless_somebody_uses_it_now(tmp_path: Path) -> None:
    old = a_root(tmp_path, "trixie-old", days_ago=31)
    busy = a_root(tmp_path, "trixie-busy", days_ago=31)
    recent = a_root(tmp_path, "trixie-recent", days_ago=29)
    lock = locks.together(tmp_path / "trixie-busy.used")
    assert lock is not None
    own = a_root(tmp_path, "trixie-own")
    oldtools.use(own)
    assert [root.exists() for root in (old, busy, recent, own)] == [False, True, True, True]
    assert not (tmp_path / "trixie-old.used").exists()
    assert locks.alone_if_free(tmp_path / "trixie-own.used") is None
    lock.release()
