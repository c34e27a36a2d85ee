"""A build leaves nothing behind, and a killed one only until the next."""

import os
import time
from pathlib import Path

from airship_builder import locks
from airship_images.cli.workplace import YOUNG, sweep


def a_workplace(folder: Path, name: str, *, locked: bool, age: float) -> Path:
    own = folder / name
    (own / "scratch").mkdir(parents=True)
    if locked:
        (own / ".in-use").touch()
    then = time.time() - age
    os.utime(own, (then, then))
    return own


def test_the_workplaces_of_killed_builds_are_removed_and_those_of_living_ones_are_not(tmp_path: Path) -> None:
    old = YOUNG.total_seconds() + 1
    killed = a_workplace(tmp_path, "killed", locked=True, age=old)
    killed_at_once = a_workplace(tmp_path, "killed-before-its-lock", locked=False, age=old)
    living = a_workplace(tmp_path, "living", locked=True, age=old)
    beginning = a_workplace(tmp_path, "beginning", locked=False, age=0)
    lock = locks.together(living / ".in-use")
    sweep(tmp_path)
    assert [path.exists() for path in (killed, killed_at_once, living, beginning)] == [False, False, True, True]
    assert lock is not None
    lock.release()
    sweep(tmp_path)
    assert not living.exists()
