"""How are the rendered inputs named and written?"""

from collections.abc import Mapping
from pathlib import Path

from pydantic import JsonValue

from airship_images.api.errors import OutsideError
from airship_images.spec import Identities


def write_inputs(files: Mapping[str, str], folder: Path) -> None:
    """Write each file of `files` to `folder`, which is made when missing; raises OutsideError when it cannot."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise OutsideError(f"{error.filename}: {error.strerror}; choose another --output") from error


def hashes(identities: Identities) -> dict[str, JsonValue]:
    """The hashes for programs: 64 hex digits for each part of a build."""
    return {
        "rootfs": identities.rootfs_hash,
        "disk": identities.disk_hash,
        "spec": identities.spec_hash,
        "build": identities.build_hash,
    }
