"""Where does a build work on this machine? In one private folder beside the cache, which is gone afterwards.

Who is killed leaves it behind; the next build that comes along removes it.
"""

import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from airship_builder import locks
from airship_builder.locks import Lock
from airship_images.api.errors import OutsideError
from airship_images.api.views import View
from airship_images.cli import secrets
from airship_images.cli.files import write_files
from airship_images.cli.secrets import Secret
from airship_images.spec import Prepared

YOUNG: Final = timedelta(minutes=1)
"""A folder of this age may not have its lock yet."""
OURS: Final = "scratch"
"""The folder of the cache that holds the workplaces."""
_IN_USE: Final = ".in-use"  # locked by the build whose folder it is


@dataclass(frozen=True)
class Workplace:
    """What the builder sees of this machine, by our paths; all but the cache and the output goes away afterwards."""

    cache: Path
    output: Path
    request: Path
    secrets: Path
    pull_secrets: Path
    scratch: Path
    ended: Path

    def binds(self, view: View) -> dict[Path, str]:
        """Each folder that a phase sees, and its path in the tools root."""
        seen = {
            "request": True,
            "scratch": True,
            "ended": True,
            "cache": view.cache is not None,
            "output": view.output is not None,
            "secrets": view.secrets,
            "pull_secrets": view.pull_secrets,
        }
        return {getattr(self, name): f"/{name.replace('_', '-')}" for name in seen if seen[name]}

    def hidden(self, view: View) -> tuple[str, ...]:
        """What is empty for it though its folder is there: the workplaces of other builds, with their Secrets."""
        return (f"/cache/{OURS}",) if view.cache else ()

    def read_only(self, view: View) -> tuple[Path, ...]:
        """Those that it may not write."""
        kept = {self.cache: view.cache == "read", self.output: view.output == "read"}
        return (self.request, self.secrets, self.pull_secrets, *(path for path in kept if kept[path]))


@contextmanager
def workplace(prepared: Prepared, values: Mapping[str, Secret], cache: Path, output: Path) -> Iterator[Workplace]:
    """The folders of a build of `prepared`, its inputs and its Secrets in them.

    Raises OutsideError when a folder cannot be made, InputError when a Secret is missing.
    """
    ours = cache / OURS  # beside the caches: the image needs gigabytes, and links instead of copies
    try:
        for folder in (output, ours):
            folder.mkdir(parents=True, exist_ok=True)
        sweep(ours)
    except OSError as error:
        raise OutsideError(f"{error.filename}: {error.strerror}; choose another folder") from error
    with tempfile.TemporaryDirectory(dir=ours) as name, tempfile.TemporaryDirectory(prefix="airship-images-") as ended:
        own = Path(name).resolve()
        lock = _occupy(own)
        place = Workplace(
            cache=cache.resolve(),
            output=output.resolve(),
            ended=Path(ended),  # elsewhere: a full cache is among what it tells
            **{part: own / part for part in ("request", "secrets", "pull_secrets", "scratch")},
        )
        for folder in (place.request, place.secrets, place.pull_secrets, place.scratch):
            folder.mkdir(mode=0o700)
        write_files(prepared.files, place.request)
        secrets.write(values, prepared.secrets, place.secrets)
        secrets.write(values, prepared.pull_secrets, place.pull_secrets)
        try:
            yield place
        finally:
            lock.release()


def sweep(folder: Path) -> None:
    """Remove the workplaces in `folder` of builds that are not running any more."""
    for left in folder.iterdir():
        in_use = left / _IN_USE
        lock = locks.alone_if_free(in_use)
        old = time.time() - left.stat().st_mtime > YOUNG.total_seconds()
        if lock is not None or (old and not in_use.exists()):
            shutil.rmtree(left, ignore_errors=True)
        if lock is not None:
            lock.release()


def _occupy(own: Path) -> Lock:
    in_use = own / _IN_USE
    in_use.touch(mode=0o600)
    lock = locks.together(in_use)
    if lock is None:
        raise OutsideError(f"{own} was taken away")
    return lock
