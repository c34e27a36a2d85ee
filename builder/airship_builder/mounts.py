"""Which file system does a path lie on, and what does fstab say of it?"""

from collections.abc import Collection, Mapping
from typing import Any, Final, TypeVar

from airship_builder.layout import Layout, Placed

ROOT: Final = "/"
Value = TypeVar("Value")


def holder(path: str, mounts: Collection[str]) -> str:
    """The mount point, of `mounts`, of the file system that the real path `path` lies on."""
    return max((mount for mount in mounts if mount == ROOT or f"{path}/".startswith(f"{mount}/")), key=len)


def around(path: str, mounts: Collection[str]) -> str:
    """The mount point of the file system that has the entry `path` in one of its directories."""
    return holder(path.rpartition("/")[0], mounts)


def inside(path: str, mount: str) -> str:
    """The path as seen from the root of the file system at `mount`; the root itself is empty."""
    return path if mount == ROOT else path.removeprefix(mount)


def within(paths: Mapping[str, Value], mount: str, mounts: Collection[str]) -> dict[str, Value]:
    """Those of `paths` that lie on the file system at `mount`, as seen from its root."""
    above = "" if mount == ROOT else f"{mount}/"
    deeper = tuple(f"{other}/" for other in mounts if other not in (mount, ROOT) and f"{other}/".startswith(above))
    return {
        inside(path, mount): value
        for path, value in paths.items()
        if f"{path}/".startswith(above) and not f"{path}/".startswith(deeper)
    }


def fstab(layout: Layout) -> list[dict[str, Any]]:
    """The lines of fstab(5), in the order of mounting; swap comes last."""
    swaps = [placed for placed in layout.placed if placed.filesystem == "swap"]
    return [_line(layout, placed) for placed in [*sorted(layout.mounted, key=_order), *swaps]]


def _order(placed: Placed) -> tuple[int, int]:
    """mount_order, else how deep the mount point is; of two alike, the first in the list."""
    depth = sum(1 for part in placed.mount.split("/") if part)
    asked = placed.partition.mount_order
    return depth if asked is None else asked, placed.number


def _line(layout: Layout, placed: Placed) -> dict[str, Any]:
    filesystem = placed.partition.filesystem
    options = filesystem.fstab.model_dump() if filesystem else {}
    return {"uuid": layout.filesystem_uuid(placed), "mount": placed.mount, "type": placed.filesystem, **options}
