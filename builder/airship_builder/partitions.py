"""What is on each partition: its file system, and those files of the root filesystem that lie on it?"""

import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from airship_builder.archive import split, unpacked
from airship_builder.base import DIRECTORY
from airship_builder.filesystem import FULL, Filesystem, too_small
from airship_builder.layout import MIB, Layout, Placed
from airship_builder.mounts import ROOT, around, inside
from airship_builder.overlay import Owned
from airship_builder.run import ToolError, run
from airship_builder.tree import Change
from airship_images.api.errors import InputError

_SMALLEST_ESP: Final = 36 * MIB  # 65525 clusters, which make a FAT32, and its tables
_SMALLEST_FAT32: Final = 512 * MIB  # where mkfs.vfat itself begins to choose it
_XFS_SECTOR: Final = 4096  # bytes
_XFS_START: Final = -(1 << 31)  # the first moment of its clock, in seconds since 1970
_XFS_CHUNK: Final = 64  # inodes that are made together
_XFS_STAMPS: Final = ("core.atime.sec", "core.mtime.sec", "core.ctime.sec", "v3.crtime.sec")


@dataclass(frozen=True)
class Partitions:
    """The partitions of `disk`, which has its table; `features` are for mke2fs -O, `epoch` is the time of all."""

    disk: Path
    layout: Layout
    features: str
    epoch: int
    work: Path

    def fill(self, archive: Path, paths: Mapping[str, str]) -> dict[str, str]:
        """Make every file system, and put the root filesystem of `archive`, which has `paths`, onto them.

        Gives the paths with the mount points that were added. Raises InputError for a mount point that cannot be one.
        """
        for placed in self.layout.mounted:
            self._check(placed, paths)
        trees = self.layout.trees
        archives = self._split(archive, trees) if len(trees) > 1 else {ROOT: archive}
        for placed in self.layout.placed:
            self._make(placed, archives.get(placed.mount))
        return {**paths, **self._add_mount_points(trees, paths)}

    def _check(self, placed: Placed, paths: Mapping[str, str]) -> None:
        mount, where = placed.mount, f"storage.partitions[{placed.number - 1}]"
        for path in _upwards(mount):
            if paths.get(path, DIRECTORY) != DIRECTORY:
                raise InputError(f"{where}.mount", f"{mount}, and {path} is no directory of the image", "a real path")
        files = [path for path in paths if path.startswith(f"{mount}/")]
        if files and placed.filesystem != "ext4" and "esp" not in placed.partition.flags:
            found = f"{placed.filesystem} for {mount}, where packages have {len(files)} files such as {files[0]}"
            raise InputError(f"{where}.filesystem.type", found, "ext4: other file systems are made empty")

    def _split(self, archive: Path, trees: Collection[str]) -> dict[str, Path]:
        with unpacked(archive) as tar:
            return split(tar, trees, self.work)

    def _make(self, placed: Placed, archive: Path | None) -> None:
        kind = placed.filesystem
        if kind == "ext4":
            self._ext4(placed, archive)
        elif kind == "vfat":
            self._vfat(placed)
        elif kind == "xfs":
            self._xfs(placed)
        elif kind == "swap":
            self._swap(placed)

    def _ext4(self, placed: Placed, archive: Path | None) -> None:
        """It notes how much was written, which must not follow from whether our file system can punch holes."""
        options = (
            f"offset={placed.offset}", "lazy_itable_init=1", "lazy_journal_init=1", "nodiscard", "root_owner=0:0",
            f"hash_seed={self.layout.uuid(f'hash seed {placed.number}')}",
        )  # fmt: skip
        argv = (
            *("mke2fs", "-t", "ext4", "-F", "-q", "-L", placed.name[:16], "-m", "1", "-O", self.features),
            *("-U", self.layout.filesystem_uuid(placed), "-E", ",".join(options)),
            *(("-d", "-") if archive else ()),
            *(self.disk, f"{placed.bytes // 1024}k"),
        )
        try:
            with _content(archive) as tar:
                run(*argv, stdin=tar, sync=False, env={"SOURCE_DATE_EPOCH": str(self.epoch), "UNIX_IO_NOZEROOUT": "1"})
        except ToolError as error:
            if FULL.search("\n".join(error.lines)):
                raise too_small(placed.mount) from error
            raise

    def _vfat(self, placed: Placed) -> None:
        """Clusters of one sector on the ESP: firmware tells FAT32 by their number, which is enough from 36 MiB on."""
        esp = "esp" in placed.partition.flags
        if esp and placed.bytes < _SMALLEST_ESP:
            found = f"an ESP of {placed.bytes // MIB} MiB"
            raise InputError("storage.partitions", found, f"{_SMALLEST_ESP // MIB} MiB or more")
        size = ("-F", "32", "-s", "1") if esp else ("-F", "16" if placed.bytes < _SMALLEST_FAT32 else "32")
        run(
            *("mkfs.vfat", *size, "-n", placed.name[:11].upper()),
            *("-i", self.layout.filesystem_uuid(placed).replace("-", ""), "--offset", str(placed.start)),
            *(self.disk, str(placed.bytes // 1024)),
            env={"SOURCE_DATE_EPOCH": str(self.epoch)},
            quiet=True,
        )

    def _swap(self, placed: Placed) -> None:
        run(
            *("mkswap", "--quiet", "-U", self.layout.filesystem_uuid(placed), "-L", placed.name[:16]),
            *("--offset", str(placed.offset), self.disk, str(placed.bytes // 1024)),
            quiet=True,
        )

    def _xfs(self, placed: Placed) -> None:
        """In a file of its own, since mkfs.xfs knows no offset; its geometry must not follow from our own machine.

        Sectors of 4096 bytes can be made on every drive, and mounted from every drive.
        """
        file = self.work / "xfs"
        with file.open("wb") as empty:
            os.truncate(empty.fileno(), placed.bytes)
        run(
            *("mkfs.xfs", "-q", "-K", "-m", f"uuid={self.layout.filesystem_uuid(placed)}", "-L", placed.name[:12]),
            *("-d", "concurrency=0", "-l", "concurrency=0", "-s", f"size={_XFS_SECTOR}", file),
        )
        self._settle_xfs(file)
        run(
            *("dd", f"if={file}", f"of={self.disk}", f"seek={placed.offset // MIB}", f"bs={MIB}"),
            *("conv=notrunc,sparse", "status=none"),
        )
        file.unlink()

    def _settle_xfs(self, file: Path) -> None:
        """The times of its three inodes, and the random generations of all in their chunk, are made up by mkfs.xfs."""
        root = int(run("xfs_db", "-r", "-c", "sb 0", "-c", "print rootino", file, quiet=True).partition("=")[2])
        stamp = (self.epoch - _XFS_START) * 10**9
        lines = []
        for number in range(root, root + _XFS_CHUNK):
            stamps = _XFS_STAMPS if number < root + 3 else ()
            lines += [f"inode {number}", "write core.gen 0", *(f"write {name} {stamp}" for name in stamps)]
        run("xfs_db", "-x", *(word for line in lines for word in ("-c", line)), file, quiet=True)

    def _add_mount_points(self, trees: Mapping[str, Placed], paths: Mapping[str, str]) -> dict[str, str]:
        wanted = {path for placed in self.layout.mounted for path in _upwards(placed.mount)}
        missing = sorted(wanted - set(paths))
        for mount, placed in trees.items():
            here = [inside(path, mount) for path in missing if around(path, trees) == mount]
            if here:
                filesystem = Filesystem(f"{self.disk}?offset={placed.offset}", mount, {}, self.epoch)
                made = {path: Owned(Change("directory", 0o755), 0, 0) for path in here}
                filesystem.apply(made, (), self.work / f"mount points {placed.number}")
        return dict.fromkeys(missing, DIRECTORY)


@contextmanager
def _content(archive: Path | None) -> Iterator[IO[bytes] | None]:
    """The plain tar of `archive`, which is one or a compressed one: another processor decompresses it."""
    if archive is None:
        yield None
    elif archive.suffix == ".tar":
        with archive.open("rb") as tar:
            yield tar
    else:
        with unpacked(archive) as tar:
            yield tar


def _upwards(mount: str) -> Iterator[str]:
    """The directories that lead to `mount`, which is the last; none for the root."""
    parts = [part for part in mount.split("/") if part]
    return ("".join(f"/{part}" for part in parts[:depth]) for depth in range(1, len(parts) + 1))
