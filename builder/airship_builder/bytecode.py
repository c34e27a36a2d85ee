"""Who compiles the Python modules of the packages? The builder, on another processor, while dpkg goes on.

A stand-in for py3compile (bootstrap.py) writes down what a package's script asks for. The program itself is called a
moment later as the script would have called it, one call after the other. Nothing but imports uses what it makes.
"""

import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from airship_builder.run import ToolError, run
from airship_images.api.reasons import Reason

_PROGRAM: Final = "/usr/bin/py3compile"
_TICK: Final = 0.05  # seconds between two looks


class NotCompiledError(Exception):
    """Modules of a package cannot be compiled, which its script may or may not take for a failure."""


@contextmanager
def compiling(tree: Path, calls: str, environment: Mapping[str, str]) -> Iterator[None]:
    """While the block installs packages into `tree`, and until all is done, make the calls that it notes in `calls`.

    That is a path in `tree`; each line holds the arguments of a call. Raises NotCompiledError after the block, unless
    the block has raised.
    """
    installed = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        work = pool.submit(_compile, tree, calls, environment, installed)
        try:
            yield
        finally:
            installed.set()
        work.result()


def _compile(tree: Path, calls: str, environment: Mapping[str, str], installed: threading.Event) -> None:
    try:
        for line in _lines(tree / calls, installed):
            run("chroot", tree, _PROGRAM, *line.split(), env=environment)
    except ToolError as error:
        if error.reason is not Reason.TOOL_FAILED:
            raise
        raise NotCompiledError(error.message) from error


def _lines(path: Path, ended: threading.Event) -> Iterator[str]:
    """Each line that is written to the file `path` until `ended`, soon after; the file may be removed before."""
    while not path.exists():
        if ended.wait(_TICK):
            return
    with path.open() as file:
        rest, last = "", False
        while not last:
            last = ended.wait(_TICK)
            *whole, rest = (rest + file.read()).split("\n")
            yield from whole
