"""What does a failure say of itself: which error it is, where there is no room, and its last lines, in few bytes?"""

import errno
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from airship_images.api.build import TERMINATION_LIMIT
from airship_images.api.errors import AirshipError, BugError, OutsideError
from airship_images.api.reasons import Reason

_ROOM: Final = 16 << 20
"""Bytes: a volume with less is full."""
_MIB: Final = 1 << 20
_CUT: Final = " … "


def classify(error: Exception, volumes: Mapping[str, Path]) -> AirshipError:
    """`error` as one of ours; a full disk with those of `volumes`, by what they are for, that have no room."""
    known = _known(error)
    if known.reason is Reason.DISK_FULL and isinstance(known, OutsideError):
        full = [room for name, path in volumes.items() if (room := _no_room(name, path))]
        if full:
            return OutsideError(f"{'; '.join(full)}: make room, or give it more ({known.message})", reason=known.reason)
    return known


def short(message: str, limit: int = TERMINATION_LIMIT * 2 // 5) -> str:
    """At most `limit` bytes, none of them a control character: the beginning, which says what failed, and the end.

    Of the 1,024 bytes that Kubernetes takes it leaves room for the rest of a failure, whatever JSON makes of it.
    """
    data = "".join(character if character.isprintable() else " " for character in message).encode()
    if len(data) <= limit:
        return data.decode()
    head = limit // 2
    tail = limit - head - len(_CUT.encode())
    return data[:head].decode(errors="ignore") + _CUT + data[-tail:].decode(errors="ignore")


def _known(error: Exception) -> AirshipError:
    if isinstance(error, AirshipError):
        return error
    if isinstance(error, OSError):
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        return OutsideError(str(error), reason=Reason.DISK_FULL if full else Reason.TOOL_FAILED)
    if isinstance(error, MemoryError):
        return OutsideError("the builder's own memory ran out", reason=Reason.OUT_OF_MEMORY)
    return BugError(f"{type(error).__name__}: {error}")


def _no_room(name: str, path: Path) -> str | None:
    if not path.exists():
        return None
    volume = os.statvfs(path)
    free, size = (blocks * volume.f_frsize for blocks in (volume.f_bavail, volume.f_blocks))
    return f"the {name} volume is full ({free // _MIB} of {size // _MIB} MiB free)" if free < _ROOM else None
