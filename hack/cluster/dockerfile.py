"""What of this repository goes into an image, and has that changed since the image was built?"""

import hashlib
import re
from pathlib import Path
from typing import Final

STAGE: Final = re.compile(r"^FROM \S+ AS (\S+)$", re.MULTILINE)
COPY: Final = re.compile(r"^COPY (?!--)(.+) \S+$", re.MULTILINE)
NOT_COPIED: Final = ("__pycache__",)
"""Named in .dockerignore too."""


def stage(dockerfile: str, target: str) -> str:
    """The part of a Dockerfile that makes the stage `target`."""
    parts = STAGE.split(dockerfile)
    return dict(zip(parts[1::2], parts[2::2], strict=True))[target]


def sources(dockerfile: str, target: str) -> list[str]:
    """The files and folders of the build context that the stage `target` copies."""
    return sorted({path for paths in COPY.findall(stage(dockerfile, target)) for path in paths.split()})


def inputs_digest(dockerfile: str, target: str, context: Path) -> str:
    """Hash of the stage's text, and of the path, mode and content of every file that goes into it."""
    digest = hashlib.sha256(stage(dockerfile, target).encode())
    for source in sources(dockerfile, target):
        for file in _files(context / source):
            header = f"{file.relative_to(context)}\0{file.stat().st_mode & 0o111}\0{file.stat().st_size}\0"
            digest.update(header.encode() + file.read_bytes())
    return digest.hexdigest()


def text_digest(text: str) -> str:
    """The same for an image that is made of a text alone."""
    return hashlib.sha256(text.encode()).hexdigest()


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(file for file in path.rglob("*") if file.is_file() and not set(file.parts) & set(NOT_COPIED))
