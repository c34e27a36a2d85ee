"""How do named texts become the files of a folder?"""

from collections.abc import Mapping
from pathlib import Path

from airship_images.api.errors import OutsideError


def write_files(files: Mapping[str, str], folder: Path) -> None:
    """Write each text of `files` to its name in `folder`, which is made when missing; raises OutsideError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise OutsideError(f"{error.filename}: {error.strerror}; choose another --output") from error
