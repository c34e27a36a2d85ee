"""Who makes a root filesystem when several builds on this machine want the same one? The first, and the others wait."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from airship_builder import locks
from airship_builder.cache import Cache


@contextmanager
def making_rootfs(
    cache: Path, rootfs_hash: str, patience: timedelta, say: Callable[[str], None]
) -> Iterator[Callable[[], None]]:
    """The right to make it, until the block ends or what is given is called; nobody waits for one that is cached.

    The builder's own claim ends with each of its processes, of which a build on this machine has several.
    Raises OutsideError when another build has not made it within `patience`.
    """
    if Cache(cache).peek("rootfs", rootfs_hash) is not None:
        yield lambda: None
        return
    path = cache / "rootfs" / f".{rootfs_hash}.build.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    waiting = f"waiting for another build that makes root filesystem {rootfs_hash[:10]}"
    held = [locks.alone(path, patience.total_seconds(), lambda: say(waiting))]

    def release() -> None:
        while held:
            held.pop().release()

    try:
        yield release
    finally:
        release()
