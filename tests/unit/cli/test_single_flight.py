"""Two builds on one machine that want the same root filesystem make it once."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest

from airship_builder.cache import Cache
from airship_images.api.errors import OutsideError
from airship_images.cli.single_flight import making_rootfs

HASH = "a" * 64
LONG = timedelta(minutes=2)


def nothing(_: str) -> None:
    pass


def test_the_second_waits_until_the_first_has_made_it(tmp_path: Path) -> None:
    order: list[str] = []
    waits = threading.Event()

    def second() -> None:
        with making_rootfs(tmp_path, HASH, LONG, lambda _: waits.set()):
            order.append("second")

    with making_rootfs(tmp_path, HASH, LONG, nothing) as made:
        thread = threading.Thread(target=second)
        thread.start()
        assert waits.wait(60)
        order.append("first")
        made()
        thread.join(60)
    assert order == ["first", "second"]


def test_nobody_waits_for_another_root_filesystem_or_for_one_that_is_cached(tmp_path: Path) -> None:
    said: list[str] = []
    with Cache(tmp_path).storing("rootfs", "b" * 64, {}):
        pass
    with making_rootfs(tmp_path, HASH, LONG, said.append):
        for other in ("c" * 64, "b" * 64, "b" * 64):
            with making_rootfs(tmp_path, other, LONG, said.append):
                pass
    assert said == []


def test_waiting_has_an_end(tmp_path: Path) -> None:
    soon = timedelta(seconds=0.2)
    with (
        making_rootfs(tmp_path, HASH, LONG, nothing),
        pytest.raises(OutsideError, match="another process"),
        making_rootfs(tmp_path, HASH, soon, nothing),
    ):
        raise AssertionError("two make it at once")
