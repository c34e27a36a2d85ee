"""How do changes get into a compressed disk without compressing all of it again?

Block by block: what differs between two versions of a file system's metadata goes into the clusters around it, and
these alone are compressed and written anew.
"""

import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from airship_builder.imageinfo import image_info
from airship_builder.run import run
from airship_builder.sparse import filled
from airship_images.api.errors import BugError

CLUSTER: Final = 512 << 10  # bytes: zstd makes of it 7 % less than of QEMU's usual 64 KiB
MANY: Final = 256  # clusters, each of which costs a process of 30 ms
_CHUNK: Final = 1 << 20  # bytes
_WROTE: Final = re.compile(r"wrote (\d+)/\1 bytes at offset")


@dataclass(frozen=True)
class Piece:
    """`data` at `offset` bytes, both whole blocks."""

    offset: int
    data: bytes


def differences(before: Path, after: Path, start: int, block: int) -> Iterator[Piece]:
    """The pieces of `after` that differ from `before`, a sparse file of the same size that begins at `start` bytes of
    the disk; holes cost nothing.

    `block` is the file system's own, in bytes. Where one differs it is in the pieces whole: before, it may have held
    something that `before` does not know of. The block after it may hold the data of a file, and is left alone.
    """
    with before.open("rb") as old, after.open("rb") as new:
        for begin, end in filled(new.fileno(), block):
            for offset in range(begin, end, _CHUNK):
                length = min(_CHUNK, end - offset)
                one, other = (os.pread(file.fileno(), length, offset) for file in (old, new))
                yield from _compare(start + offset, one, other, block)


def splice(image: Path, pieces: Iterable[Piece], work: Path) -> int:
    """Write `pieces` of the disk into the qcow2 `image`, whose clusters are CLUSTER large; gives how many it changed.

    The contents are laid out in the folder `work`. Where more than MANY change, the whole disk is written anew.
    Raises BugError when QEMU wrote anything else.
    """
    work.mkdir(parents=True)
    touched: dict[int, list[Piece]] = {}
    for piece in pieces:
        for part in _by_cluster(piece):
            touched.setdefault(part.offset // CLUSTER, []).append(part)
    if len(touched) > MANY:
        _rewrite(image, touched.values(), work)
        return len(touched)
    end = image_info(image).virtual_size
    commands = [_command(image, number, parts, end, work) for number, parts in sorted(touched.items())]
    said = run("qemu-io", "-t", "unsafe", "-f", "qcow2", image, stdin="".join(commands), quiet=True)
    written = len(_WROTE.findall(said))
    if written != len(touched):
        raise BugError(f"qemu-io wrote {written} of {len(touched)} clusters: {said[-200:]}")
    return len(touched)


def to_qcow2(raw: Path, image: Path) -> None:
    """The disk `raw` as a compressed qcow2: clusters are compressed at once but written in order."""
    options = f"compression_type=zstd,cluster_size={CLUSTER}"
    run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", "-m", "8", "-c", "-o", options, raw, image)


def _rewrite(image: Path, parts: Iterable[Iterable[Piece]], work: Path) -> None:
    raw = work / "disk.raw"
    run("qemu-img", "convert", "-f", "qcow2", "-O", "raw", image, raw)
    with raw.open("r+b") as disk:
        for piece in (piece for cluster in parts for piece in cluster):
            disk.seek(piece.offset)
            disk.write(piece.data)
    to_qcow2(raw, image)


def _by_cluster(piece: Piece) -> Iterator[Piece]:
    start, end = piece.offset, piece.offset + len(piece.data)
    while start < end:
        stop = min((start // CLUSTER + 1) * CLUSTER, end)
        yield Piece(start, piece.data[start - piece.offset : stop - piece.offset])
        start = stop


def _command(image: Path, number: int, parts: Iterable[Piece], end: int, work: Path) -> str:
    """One cluster as it becomes; it is discarded first, because QEMU compresses into free clusters alone."""
    start = number * CLUSTER
    size = min(CLUSTER, end - start)
    file = work / str(number)
    disk = {"driver": "qcow2", "file": {"driver": "file", "filename": str(image)}}
    part_of_it = json.dumps({"driver": "raw", "offset": start, "size": size, "file": disk})
    run("qemu-img", "convert", "-O", "raw", f"json:{part_of_it}", file, quiet=True)
    with file.open("r+b") as cluster:
        for part in parts:
            cluster.seek(part.offset - start)
            cluster.write(part.data)
    return f"discard {start} {size}\nwrite -c -s {file} {start} {size}\n"


def _compare(offset: int, old: bytes, new: bytes, block: int) -> Iterator[Piece]:
    """The runs of blocks that differ."""
    if old == new:
        return
    begin = None
    for at in range(0, len(new) + block, block):
        same = at >= len(new) or old[at : at + block] == new[at : at + block]
        if not same and begin is None:
            begin = at
        elif same and begin is not None:
            yield Piece(offset + begin, new[begin:at])
            begin = None
