"""Which parts of a sparse file are no holes?"""

import errno
import os
from collections.abc import Iterator


def filled(descriptor: int, block: int) -> Iterator[tuple[int, int]]:
    """The (start, end) in bytes of each part that holds data, in whole blocks of `block` bytes, in order, apart."""
    size = os.fstat(descriptor).st_size
    end = 0
    while end < size:
        data = _next_data(descriptor, end)
        if data is None:
            return
        start = max(data // block * block, end)
        end = min(-(-os.lseek(descriptor, data, os.SEEK_HOLE) // block) * block, size)
        yield start, end


def _next_data(descriptor: int, offset: int) -> int | None:
    try:
        return os.lseek(descriptor, offset, os.SEEK_DATA)
    except OSError as error:
        if error.errno == errno.ENXIO:  # only holes follow
            return None
        raise
