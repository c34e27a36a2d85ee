"""How does something get into the store beside the artifacts: whole, and where no server looks?"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from airship_builder import locks
from airship_builder.cache import PATIENCE, sync
from airship_builder.run import log

BY_BUILD: Final = "by-build"
BY_SPEC: Final = "by-spec"
CONSOLES: Final = "console-*.log"
"""What the boot test leaves in the scratch folder."""


@contextmanager
def alone_in(output: Path) -> Iterator[None]:
    """While the block runs nobody else publishes or removes anything."""
    output.mkdir(parents=True, exist_ok=True)
    lock = locks.alone(output / ".lock", PATIENCE, lambda: log("waiting for another build that publishes"))
    try:
        yield
    finally:
        lock.release()


def write_whole(path: Path, text: str) -> None:
    """The file at `path` is what it was, or `text`, whenever we are killed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".", delete=False) as file:
        file.write(text)
        temporary = Path(file.name)
    temporary.chmod(0o644)
    sync(temporary)
    temporary.rename(path)
    sync(path.parent)


def keep_consoles(scratch: Path, output: Path, build_hash: str) -> list[Path]:
    """Keep what the booted image wrote to its consoles beside the reports; gives the paths."""
    kept = []
    for path in sorted(scratch.glob(CONSOLES)):
        kept.append(output / BY_BUILD / f"{build_hash}-{path.name}")
        write_whole(kept[-1], path.read_text())
    return kept
