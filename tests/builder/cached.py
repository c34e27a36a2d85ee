"""What of the tests' cache may a run trust? Packages and downloads, and what the very same code has made of them."""

import os
import shutil
from pathlib import Path

from airship_builder import locks
from airship_builder.cache import DOWNLOADS
from hack.cluster import dockerfile
from hack.cluster.locations import REPOSITORY

CHECKED = ("debs", DOWNLOADS)
"""Looked at by their digests before they are used, whoever brought them."""


def trust(cache: Path) -> None:
    """Empty `cache` of what other code has made, unless another run uses it; until this process ends nobody else does.

    Code that makes something else of the same inputs raises the number of a phase, but not before it is landed.
    """
    cache.mkdir(parents=True, exist_ok=True)
    marker = cache / ".made-by"
    code = dockerfile.inputs_digest((REPOSITORY / "Dockerfile").read_text(), "builder", REPOSITORY)
    marker.touch()
    lock = locks.alone_if_free(marker)
    if lock is not None:
        if marker.read_text() != code:
            empty(cache)
            marker.write_text(code)
        lock.release()
    locks.together(marker)  # never released


def empty(cache: Path) -> None:
    """Remove all but packages and downloads."""
    for folder in cache.iterdir():
        if folder.is_dir() and folder.name not in CHECKED:
            shutil.rmtree(folder)


def share_packages(known: Path, cache: Path) -> None:
    """Let `cache` have the packages of `known`, and nothing else of it."""
    (cache / "debs").mkdir(parents=True, exist_ok=True)
    for package in (known / "debs").glob("*.deb"):
        try:
            os.link(package, cache / "debs" / package.name)
        except OSError:  # on another volume
            shutil.copy(package, cache / "debs")
