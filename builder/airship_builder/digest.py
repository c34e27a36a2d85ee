"""What is the SHA-256 of a file, and of a disk image without reading its holes?"""

import errno
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_BLOCK: Final = 1 << 20  # bytes
_ZEROS: Final = bytes(_BLOCK)


def file_digest(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sparse_digest(path: Path) -> str:
    """A SHA-256 over the blocks of 1 MiB that hold anything but zeros, with their places: holes cost nothing."""
    digest = hashlib.sha256(path.stat().st_size.to_bytes(8))
    for number, block in _filled_blocks(path):
        digest.update(number.to_bytes(8))
        digest.update(block)
    return digest.hexdigest()


def _filled_blocks(path: Path) -> Iterator[tuple[int, bytes]]:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        number = _next_data(descriptor, 0)
        while number is not None:
            block = os.pread(descriptor, _BLOCK, number * _BLOCK)
            if block != _ZEROS[: len(block)]:
                yield number, block
            number = _next_data(descriptor, (number + 1) * _BLOCK)
    finally:
        os.close(descriptor)


def _next_data(descriptor: int, offset: int) -> int | None:
    try:
        return os.lseek(descriptor, offset, os.SEEK_DATA) // _BLOCK
    except OSError as error:
        if error.errno == errno.ENXIO:  # only holes follow
            return None
        raise
