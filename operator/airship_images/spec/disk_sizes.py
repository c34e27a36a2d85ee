"""How many bytes does a size mean? Capacity as qemu-img reads it, bounds of partitions as parted does."""

import re
from typing import Final

SECTOR: Final = 512  # bytes
MIB: Final = 1 << 20

_CAPACITY: Final = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_DECIMAL: Final = {"k": 10**3, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_BOUND: Final = {
    "s": SECTOR,
    "B": 1,
    **_DECIMAL,
    **{f"{letter}B": size for letter, size in _DECIMAL.items()},
    **{f"{letter}iB": size for letter, size in _CAPACITY.items()},
}


def capacity_bytes(text: str) -> int:
    """Bytes of a capacity such as 4G, which is 4 GiB (qemu-img(1): suffixes are powers of 1024)."""
    return int(text[:-1]) * _CAPACITY[text[-1]]


def bound_bytes(text: str, capacity: int) -> int:
    """Bytes from the start of a disk of `capacity` bytes to a bound such as 264MiB or 100% (parted(8))."""
    match = re.fullmatch(r"([0-9]+)([A-Za-z]+|%)", text)
    if match is None:
        raise ValueError(text)
    number, unit = int(match[1]), match[2]
    return capacity * number // 100 if unit == "%" else number * _BOUND[unit]
