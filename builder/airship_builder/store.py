"""How does something get into the store beside the artifacts: whole, and where no server looks?"""

import tempfile
from pathlib import Path
from typing import Final

from airship_builder.cache import sync

BY_BUILD: Final = "by-build"
BY_SPEC: Final = "by-spec"
CONSOLES: Final = "console-*.log"
"""What the boot test leaves in the scratch folder."""


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
