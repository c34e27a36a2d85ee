"""Looks for planted values in every byte of a disk, freed blocks and journal included: whose bytes are they?"""

import mmap
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.builder.workbench import Inside, Workbench

BLOCK = 4096


def places(inside: Inside, value: str) -> set[str]:
    """The paths of the files in whose blocks `value` lies; `byte N` where no file of the root file system is."""
    return {_owner(inside, offset) for offset in _offsets(inside.bench.scratch / "inside.raw", value.encode())}


def files_with(bench: Workbench, folders: Iterable[str], values: Iterable[str]) -> list[str]:
    """The files below `folders` that hold one of `values`, archives unpacked."""
    patterns = [word for value in values for word in ("-e", value)]
    plain = [
        "grep",
        "--null-data",
        "--recursive",
        "--files-with-matches",
        "--text",
        "--fixed-strings",
        *patterns,
        *folders,
    ]
    packed = bench.run("find", *folders, "-name", "*.zst").stdout.splitlines()
    search = 'zstdcat "$1" | grep --quiet --null-data --text --fixed-strings "${@:2}"'
    inside = [file for file in packed if bench.run("bash", "-c", search, "bash", file, *patterns).returncode == 0]
    return sorted([*bench.run(*plain).stdout.splitlines(), *inside])


def _offsets(file: Path, value: bytes) -> Iterator[int]:
    with file.open("rb") as disk, mmap.mmap(disk.fileno(), 0, access=mmap.ACCESS_READ) as data:
        offset = data.find(value)
        while offset >= 0:
            yield offset
            offset = data.find(value, offset + 1)


def _owner(inside: Inside, offset: int) -> str:
    block = (offset - inside.offset) // BLOCK
    if block < 0:
        return f"byte {offset}"
    inode = re.search(rf"(?m)^{block}\t(\d+)$", inside.debugfs(f"icheck {block}"))
    path = re.search(rf"(?m)^{inode[1]}\t/*(/.*)$", inside.debugfs(f"ncheck {inode[1]}")) if inode else None
    return path[1] if path else f"byte {offset}"
