"""In which form does dpkg unpack a package fastest? With its files as zstd: as xz they take it several times as long.

A package is repacked once, when it was downloaded. Its new name is made of two digests, that of the package as the
signed index has it and its own: whoever finds it can tell what it is, and whether it is whole.
"""

import lzma
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Final, cast

from debian.arfile import ArFile, ArMember

from airship_builder.digest import file_digest
from airship_builder.run import log, run
from airship_images.api.errors import OutsideError

FOLDER: Final = "repacked"
"""In the folder of the packages."""
_SLOW: Final = "data.tar.xz"
_QUICK: Final = "data.tar.zst"


def repack(archives: Path, packages: Mapping[str, str], report: Callable[[int], None]) -> Mapping[str, Path]:
    """Where each of `packages` is in its quick form, made where it is missing.

    `packages` are the names of files in the folder `archives`, with their digests (SHA-256, hex), known to be right.
    `report` is told how many are missing, if any.
    """
    folder = archives / FOLDER
    folder.mkdir(exist_ok=True)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = _intact(pool, folder, packages.values())
        missing = {name: digest for name, digest in packages.items() if digest not in found}
        if missing:
            report(len(missing))
        made = pool.map(lambda item: (item[1], _repack(archives / item[0], item[1], folder)), missing.items())
        found |= dict(made)
    return {name: found[digest] for name, digest in packages.items()}


def _intact(pool: ThreadPoolExecutor, folder: Path, wanted: Iterable[str]) -> dict[str, Path]:
    """Those that are there, by the digest of the package that they were; a damaged one is removed."""
    there = {path.name.partition(".")[0]: path for path in folder.glob("[0-9a-f]*.deb")}
    candidates = [there[digest] for digest in wanted if digest in there]
    found = {}
    for path, digest in zip(candidates, pool.map(file_digest, candidates), strict=True):
        original, own, _ = path.name.split(".")
        if digest == own:
            os.utime(path)  # its last use
            found[original] = path
        else:
            log(f"{path.name} in the package cache is damaged: removing it")
            path.unlink()
    return found


def _repack(package: Path, digest: str, folder: Path) -> Path:
    with TemporaryDirectory(dir=folder, prefix=".") as name:
        work = Path(name)
        with package.open("rb") as file:
            members = [_take_out(member, work) for member in ArFile(fileobj=file).getmembers()]
        for member in members:
            os.utime(work / member, (0, 0))  # the same package gives the same bytes
        made = work / "package"
        run("bsdtar", "-cf", made, "--format=ar", "-C", work, *members, quiet=True)
        return made.rename(folder / f"{digest}.{file_digest(made)}.deb")


def _take_out(member: ArMember, folder: Path) -> str:
    """The name of the file in `folder` that the member of a package becomes."""
    name = Path(member.name).name
    if name != _SLOW:
        with (folder / name).open("wb") as file:
            shutil.copyfileobj(member, file)
        return name
    with lzma.LZMAFile(cast("IO[bytes]", member)) as content:
        _compress(content, folder / _QUICK)
    return _QUICK


def _compress(content: IO[bytes], target: Path) -> None:
    with subprocess.Popen(["zstd", "-q", "-1", "-o", str(target)], stdin=subprocess.PIPE) as process:
        assert process.stdin is not None  # noqa: S101  (we asked for a pipe)
        shutil.copyfileobj(content, process.stdin, 1 << 20)
        process.stdin.close()
        code = process.wait()
    if code != 0:
        raise OutsideError(f"zstd ended with code {code} as it wrote {target.name}")
