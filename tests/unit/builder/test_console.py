"""What is kept of a line that a booting machine writes to its terminal?"""

import pytest

from airship_builder.qemu import printable


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        (b"[    1.0] Linux version 6.1\r", "[    1.0] Linux version 6.1"),
        (b"\x1b[0m\x1b[30;47mBdsDxe: loading\x1b[=3h", "BdsDxe: loading"),
        (b"\x1b[2J\x1b[01;01HGRUB\x07", "GRUB"),
        (b"\x1b(Bok \xff", "ok \ufffd"),
    ],
)
def test_only_its_text(line: bytes, kept: str) -> None:
    assert printable(line) == kept
