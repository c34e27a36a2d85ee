"""Runs in the tools root: cases of operations in, how often each was done out; fails where the disk then differs."""

import errno
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from airship_builder.base import read_paths
from airship_builder.delta import difference, look
from airship_builder.filesystem import Filesystem

EPOCH = 1_700_000_000
Operations = list[tuple[Any, ...]]


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


DO: dict[str, Callable[..., Any]] = {
    "write": lambda path, text: _write(path, bytes.fromhex(text)),
    "mkdir": lambda path: path.mkdir(parents=True),
    "symlink": lambda path, target: path.symlink_to(target),
    "link": lambda path, other: os.link(other, path, follow_symlinks=False),
    "rename": lambda path, other: path.rename(other),
    "remove": _remove,
    "chmod": lambda path, mode: path.chmod(mode),
    "chown": lambda path, uid, gid: os.chown(path, uid, gid, follow_symlinks=False),
    "xattr": lambda path, value: os.setxattr(path, "user.test", bytes.fromhex(value), follow_symlinks=False),
}
NOT_OF_A_LINK = ("write", "chmod", "xattr")  # they would follow it, and Linux knows no such thing of links themselves
OF_ANOTHER_TREE = frozenset(
    {errno.ENOENT, errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENOTEMPTY, errno.EINVAL, errno.EPERM}
)
"""How an operation fails that this tree has no place for: its path is not there, is there already, is a folder …"""


def change(tree: Path, operations: Operations) -> Counter[str]:
    """Do what `tree` has a place for of `operations`, inside it alone; gives how often each was done."""
    done: Counter[str] = Counter()
    for name, *arguments in operations:
        paths = [tree / each if isinstance(each, str) and name in ("link", "rename") else each for each in arguments]
        target = tree / arguments[0]
        rest = paths[1:]
        if any(tree not in (each.parent.resolve(), *each.parent.resolve().parents) for each in (target, *_paths(rest))):
            continue
        if name in NOT_OF_A_LINK and target.is_symlink():
            continue
        try:
            DO[name](target, *rest)
        except OSError as error:
            if error.errno not in OF_ANOTHER_TREE:
                raise
        else:
            done[name] += 1
    return done


def _paths(values: list[Any]) -> list[Path]:
    return [value for value in values if isinstance(value, Path)]


def content(tree: Path) -> dict[str, tuple[Any, ...]]:
    """Everything in `tree` that an image is to keep."""
    found: dict[str, tuple[Any, ...]] = {}
    names: dict[int, str] = {}
    for path in sorted(tree.rglob("*")):
        name, status = str(path.relative_to(tree)), path.lstat()
        if name == "lost+found":
            continue
        what: Any = None
        if path.is_symlink():
            what = str(path.readlink())
        elif path.is_file():
            first = names.setdefault(status.st_ino, name)
            what = (path.read_bytes(), first if status.st_nlink > 1 else name)
        mode = None if path.is_symlink() else stat.S_IMODE(status.st_mode)
        found[name] = (stat.S_IFMT(status.st_mode), mode, status.st_uid, status.st_gid, what)
    return found


def read_back(disk: Path, folder: Path) -> tuple[dict[str, tuple[Any, ...]], dict[str, bytes]]:
    """What is on `disk`, read by a program of its own: as files, and their extended attributes."""
    folder.mkdir()
    subprocess.run(("debugfs", "-R", f"rdump / {folder}", disk), check=True, capture_output=True)
    found = content(folder)
    extended = {}
    inodes: dict[str, str] = {}
    for name, (kind, *_, what) in found.items():
        quoted = name.replace('"', '""')
        shown = debugfs(disk, f'stat "/{quoted}"')
        words = shown.split()
        inode, links = words[words.index("Inode:") + 1], int(words[words.index("Links:") + 1])
        uid, gid = (int(words[words.index(f"{field}:") + 1]) for field in ("User", "Group"))
        mode = None if stat.S_ISLNK(kind) else int(words[words.index("Mode:") + 1], 8)  # rdump loses some bits
        first = inodes.setdefault(inode, name)
        now = (what[0], first if links > 1 else name) if stat.S_ISREG(kind) else what
        found[name] = (kind, mode, uid, gid, now)
        if "user.test" in shown:
            dumped = folder.with_name("value")
            debugfs(disk, f'ea_get -f {dumped} "/{quoted}" user.test')
            extended[name] = dumped.read_bytes()
    return found, extended


def attributes(tree: Path) -> dict[str, bytes]:
    """The extended attributes that the operations have set."""
    found = {}
    for path in tree.rglob("*"):
        if "user.test" in os.listxattr(path, follow_symlinks=False):
            found[str(path.relative_to(tree))] = os.getxattr(path, "user.test", follow_symlinks=False)
    return found


def debugfs(disk: Path, command: str) -> str:
    done = subprocess.run(("debugfs", "-R", command, disk), check=True, capture_output=True, text=True)
    return done.stdout


def check(base: Operations, operations: Operations) -> Counter[str]:
    """How often each of `operations` was done in a folder that `base` had made.

    Raises AssertionError when the disk is not what they made of it.
    """
    with tempfile.TemporaryDirectory(dir="/scratch") as name:
        tree, disk, work = Path(name, "tree"), Path(name, "disk"), Path(name, "work")
        tree.mkdir()
        change(tree, base)
        with disk.open("wb") as file:
            file.truncate(8 << 20)
        subprocess.run(("mke2fs", "-q", "-t", "ext4", "-d", tree, disk), check=True)
        before, paths = look(tree), read_paths(tree)
        done = change(tree, operations)
        found = difference(before, tree, EPOCH)
        Filesystem(str(disk), "/", paths, EPOCH).apply(found.written, found.removed, work)
        expected, got = (content(tree), attributes(tree)), read_back(disk, Path(name, "again"))
        assert got == expected, f"{base}, then {operations}: {got} is not {expected}"
    return done


if __name__ == "__main__":
    cases = json.loads(Path(sys.argv[1]).read_text())
    print(json.dumps(sum((check(first, second) for first, second in cases), Counter())))
