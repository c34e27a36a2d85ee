"""Which files does PATH name, and what do they hold?"""

import os
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from airship_images.api.errors import InputError

STDIN: Final = "-"
SUFFIXES: Final = frozenset({".yaml", ".yml"})
FILE_LIMIT: Final = 10_000
"""Files of one folder: more is a wrong folder, not a site."""

BYTE_LIMIT: Final = 8 * 1024 * 1024
"""Bytes of one file: ten times the largest site we know, and little enough to parse at once."""


@dataclass(frozen=True)
class Source:
    """One file of PATH under the name that messages give it."""

    name: str
    read: Callable[[], bytes]
    """Gives the content; raises InputError when the file cannot be used."""


def find(path: str) -> list[Source]:
    """The sources that `path` names: a file, every YAML file below a folder, or standard input for `-`.

    Hidden files and folders are left out. Raises InputError when there is nothing to read.
    """
    if path == STDIN:
        return [Source("standard input", lambda: _bounded(sys.stdin.buffer.read(BYTE_LIMIT + 1), "standard input"))]
    top = Path(path)
    if top.is_dir():
        return _below(top)
    if not top.exists():
        raise InputError(path, "nothing", "a YAML file, a folder, or - for standard input")
    return [Source(path, lambda: _read(top))]


def _below(top: Path) -> list[Source]:
    files = {file.resolve(): file for file in sorted(_walk(top), reverse=True)}  # a link and its target: once
    if not files:
        raise InputError(str(top), "a folder without YAML files", "at least one file that ends in .yaml or .yml")
    return [Source(str(file), partial(_read_inside, file, top)) for file in sorted(files.values())]


def _walk(top: Path) -> Iterator[Path]:
    count = 0
    for folder, folders, names in os.walk(top, onerror=_unreadable):
        folders[:] = [name for name in folders if not name.startswith(".")]
        outside = [name for name in folders if not _is_inside(Path(folder, name), top)]
        for name in (*outside, *(name for name in names if _is_yaml(name))):
            count += 1
            if count > FILE_LIMIT:
                raise InputError(str(top), f"more than {FILE_LIMIT} YAML files", "the folder of a site")
            yield Path(folder, name)


def _is_yaml(name: str) -> bool:
    return not name.startswith(".") and Path(name).suffix in SUFFIXES


def _is_inside(path: Path, top: Path) -> bool:
    return path.resolve().is_relative_to(top.resolve())


def _unreadable(error: OSError) -> None:
    found = (error.strerror or str(error)).lower()
    raise InputError(str(error.filename), found, "a folder that can be read") from error


def _read_inside(file: Path, top: Path) -> bytes:
    target = file.resolve()
    if not _is_inside(file, top):
        raise InputError(str(file), f"a link to {target}", f"a file inside {top}; give {target} as a PATH of its own")
    if target.exists() and not stat.S_ISREG(target.stat().st_mode):
        raise InputError(str(file), "no regular file", "a YAML file")
    return _read(file)


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            return _bounded(stream.read(BYTE_LIMIT + 1), str(file))
    except OSError as error:
        raise InputError(str(file), (error.strerror or str(error)).lower(), "a file that can be read") from error


def _bounded(content: bytes, name: str) -> bytes:
    if len(content) > BYTE_LIMIT:
        raise InputError(name, f"more than {BYTE_LIMIT >> 20} MiB", "files of at most that size; split it")
    return content
