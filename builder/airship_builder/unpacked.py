"""How does a root filesystem become a folder that programs can run in, with the changes that our roles ask for?

Its links lead where they lead in the image, so none is ever followed here: an absolute one would lead to our own files.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from airship_builder.attributes import OF_TAR
from airship_builder.changes import Changes
from airship_builder.overlay import Owned
from airship_builder.run import MINUTE, run
from airship_images.api.errors import OutsideError
from airship_images.api.reasons import Reason

_FOLDER: Final = os.O_DIRECTORY | os.O_NOFOLLOW | os.O_RDONLY | os.O_CLOEXEC
_DEVICES: Final = {"null": (1, 3), "zero": (1, 5), "full": (1, 7), "random": (1, 8), "urandom": (1, 9), "tty": (5, 0)}
_DEVICE_MODE: Final = 0o666
_FILE_MODE: Final = 0o644
_FOLDER_MODE: Final = 0o755


def unpack(archive: Path, tree: Path) -> None:
    """Lay the root filesystem in `archive` out in the new folder `tree`."""
    tree.mkdir(parents=True, mode=_FOLDER_MODE)
    run(
        *("tar", "--extract", f"--file={archive}", f"--directory={tree}", "--use-compress-program=zstd"),
        *("--numeric-owner", "--same-owner", "--same-permissions", *OF_TAR),
        timeout=20 * MINUTE,
    )


def place(changes: Changes, tree: Path) -> None:
    """Make `changes` in `tree`, in which nobody else has changed anything yet."""
    for path in changes.removed:
        with parent(tree, path) as (folder, name):
            os.unlink(name, dir_fd=folder)
    for path, owned in changes.written.items():
        with parent(tree, path) as (folder, name):
            _put(folder, name, owned)


def add_devices(tree: Path) -> None:
    """The device nodes that programs count on; they do not get into the image."""
    with parent(tree, "/dev/null") as (folder, _):
        for name, (major, minor) in _DEVICES.items():
            try:
                os.mknod(name, stat.S_IFCHR, os.makedev(major, minor), dir_fd=folder)
            except FileExistsError:
                continue
            except PermissionError as error:
                raise OutsideError(
                    "this container may make no device nodes (it runs in a user namespace?), which users' scripts and "
                    "roles need: set hostUsers back to true",
                    reason=Reason.UNSUPPORTED_HOST,
                ) from error
            os.chmod(name, _DEVICE_MODE, dir_fd=folder)


def make_folder(tree: Path, path: str) -> None:
    """The folder `path` is there, for us alone; the one above it is."""
    with parent(tree, path) as (folder, name):
        if not _is_there(folder, name):
            os.mkdir(name, 0o700, dir_fd=folder)


@contextmanager
def parent(tree: Path, path: str) -> Iterator[tuple[int, str]]:
    """The open folder in which `path` of `tree` lies, and its name there; OSError where a link is on the way."""
    *folders, name = path.split("/")[1:]
    here = os.open(tree, _FOLDER)
    try:
        for folder in folders:
            below = os.open(folder, _FOLDER, dir_fd=here)
            os.close(here)
            here = below
        yield here, name
    finally:
        os.close(here)


def write(folder: int, name: str, content: bytes, mode: int = 0o600) -> None:
    """Make the file `name` in the open `folder`, where nothing of that name may be."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(name, flags, mode, dir_fd=folder), "wb") as file:
        file.write(content)


def _put(folder: int, name: str, owned: Owned) -> None:
    change = owned.change
    mode = change.mode
    if change.kind == "directory":
        if not _is_there(folder, name):
            os.mkdir(name, dir_fd=folder)
    elif change.kind != "attributes":
        if _is_there(folder, name):
            os.unlink(name, dir_fd=folder)
        if change.kind == "link":
            os.symlink(change.target, name, dir_fd=folder)
        else:
            write(folder, name, change.opened().read())
            mode = _FILE_MODE if mode is None else mode
    _own(folder, name, owned)
    if mode is not None and change.kind != "link":
        os.chmod(name, mode, dir_fd=folder)  # after the owners: a change of those takes setuid away


def _is_there(folder: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _own(folder: int, name: str, owned: Owned) -> None:
    kept = -1
    uid, gid = (kept if number is None else number for number in (owned.uid, owned.gid))
    os.chown(name, uid, gid, dir_fd=folder, follow_symlinks=False)
