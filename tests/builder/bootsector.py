"""A disk that a BIOS starts and that says what it is told, on the first serial port, and nothing after that."""

from typing import Final

SECTOR: Final = 512
DISK: Final = 1 << 20
_SPEAK: Final = bytes.fromhex(
    "fc 31c0 8ed8 be227c"  # from the text behind this code, at 0x7c22,
    "ac 84c0 7412 88c4"  # take a byte, until it is 0;
    "bafd03 ec a820 74fb"  # once the port has sent the one before it,
    "88e0 baf803 ee ebe9"  # send it;
    "f4 ebfd"  # then sleep for ever
)


def boot_sector(text: str) -> bytes:
    """The whole disk."""
    code = _SPEAK + text.encode() + b"\0"
    assert len(code) <= SECTOR - 2
    return (code.ljust(SECTOR - 2, b"\0") + b"\x55\xaa").ljust(DISK, b"\0")
