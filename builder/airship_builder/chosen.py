"""What does mmdebstrap choose from? From a repository of the packages that were chosen already, and of no other."""

import hashlib
import shutil
from collections.abc import Mapping
from email.utils import formatdate
from pathlib import Path
from typing import Final

from debian.deb822 import Packages

_FOLDER: Final = "rootfs/chosen"
"""In the scratch folder."""
_DIGESTS: Final = ("MD5sum", "SHA1", "SHA512")
"""Those of the original package, beside its SHA-256."""


def source(scratch: Path) -> str:
    """The repository's line for sources.list: whoever laid it out has verified each of its packages."""
    return f"deb [trusted=yes] copy:{scratch / _FOLDER} ./"


def lay_out(scratch: Path, suite: str, index: str, packages: Mapping[str, str], files: Mapping[str, Path]) -> None:
    """Make the repository, whose one suite has the name `suite`.

    `packages` gives the digest (SHA-256, hex) of each package by its file's name, `index` what the repositories said of
    packages with these digests, and of others; `files` is where they are now, repacked.
    """
    folder = scratch / _FOLDER
    shutil.rmtree(folder, ignore_errors=True)  # of a run that died in the same scratch folder
    folder.mkdir(parents=True)
    names = {digest: name for name, digest in packages.items()}
    entries = []
    for entry in Packages.iter_paragraphs(index, use_apt_pkg=False):
        name = names.pop(str(entry.get("SHA256")), None)
        if name:
            (folder / name).symlink_to(files[name])
            entries.append(_moved(entry, name, files[name]))
    text = "\n".join(entries).encode()
    (folder / "Packages").write_bytes(text)
    (folder / "Release").write_text(_release(suite, text))


def _moved(entry: Packages, name: str, file: Path) -> str:
    """The entry of a package that was repacked as `file`, whose own digest is in its name."""
    for digest in _DIGESTS:
        entry.pop(digest, None)
    entry["Filename"] = f"./{name}"
    entry["Size"] = str(file.stat().st_size)
    entry["SHA256"] = file.name.split(".")[1]
    return str(entry)


def _release(suite: str, index: bytes) -> str:
    digest = f"SHA256:\n {hashlib.sha256(index).hexdigest()} {len(index)} Packages\n"
    return f"Suite: {suite}\nCodename: {suite}\nDate: {formatdate(0, usegmt=True)}\n{digest}"
