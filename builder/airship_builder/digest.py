"""What is the SHA-256 of a file, and of a disk image without reading its holes?"""

import hashlib
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final

from airship_builder.sparse import filled

_BLOCK: Final = 1 << 20  # bytes
_ZEROS: Final = bytes(_BLOCK)


def file_digest(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sparse_digest(path: Path) -> str:
    """A SHA-256 over those of the blocks of 1 MiB that hold anything but zeros, with their places: holes cost nothing.

    Blocks are read and hashed on all processors.
    """
    digest = hashlib.sha256(path.stat().st_size.to_bytes(8))
    descriptor = os.open(path, os.O_RDONLY)
    try:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for hashed in pool.map(partial(_hashed, descriptor), _blocks(descriptor)):
                digest.update(hashed)
    finally:
        os.close(descriptor)
    return digest.hexdigest()


def _hashed(descriptor: int, number: int) -> bytes:
    """The block's number and digest; nothing for one of zeros alone."""
    block = os.pread(descriptor, _BLOCK, number * _BLOCK)
    return b"" if block == _ZEROS[: len(block)] else number.to_bytes(8) + hashlib.sha256(block).digest()


def _blocks(descriptor: int) -> Iterator[int]:
    for start, end in filled(descriptor, _BLOCK):
        yield from range(start // _BLOCK, -(-end // _BLOCK))
