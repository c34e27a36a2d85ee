"""How does an image start from a vendor's disk image instead of from packages?

Its root is read by debugfs into the scratch folder, in the phase that may run the code of others, only to know what is
in it. What the image becomes is a copy of the disk, larger where more is asked for, with its own boot loader.
"""

import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from airship_builder.download import Wanted, download
from airship_builder.imageinfo import expect_whole
from airship_builder.inputs import VendorImage
from airship_builder.job import Job
from airship_builder.layout import SECTOR
from airship_builder.run import ToolError, ask, run
from airship_images.api.errors import InputError

FIELD: Final = "software.base"
_LARGEST: Final = 16 << 30  # bytes of a download
_FORMATS: Final = ("qcow2", "raw")
_RELEASE: Final = "etc/os-release"
_MOUNT: Final = re.compile(r"(?m)^(?P<source>[^\s#]\S*)\s+(?P<mount>/\S*)\s")
_MODIFIED: Final = re.compile(r"(?m)^ *mtime: 0x(?P<seconds>[0-9a-f]{8})")
_NOTHING_FOUND: Final = 2  # how blkid ends then


@dataclass(frozen=True)
class Partition:
    """A partition of the image: `names` are those by which fstab may call it, such as LABEL=boot."""

    offset: int
    type: str | None
    names: frozenset[str]


def fetch_base(job: Job, base: VendorImage) -> None:
    """Download and verify the image, unless it is in the cache."""
    job.report(10, "download", f"downloading {base.url}")
    image = download(job.cache, Wanted(FIELD, base.url, base.sha256, _LARGEST))
    job.note("base", str(image.relative_to(job.cache.root)))
    job.note("lock", [])


def base_disk(job: Job) -> Path:
    """The vendor's disk in the scratch folder."""
    return job.tree.parent / "base.raw"


def unpack_base(job: Job) -> None:
    """Make a raw disk of the image, and lay out what is on its root for the next phase to look at.

    Raises InputError for an image that is no disk with a root on ext4.
    """
    image, raw = job.cache.root / job.noted("base"), base_disk(job)
    shutil.rmtree(raw.parent, ignore_errors=True)
    job.tree.mkdir(parents=True)
    job.report(10, "convert", "unpacking the disk image")
    info = expect_whole(image, FIELD, _FORMATS)
    run("qemu-img", "convert", "-f", info.format, "-O", "raw", image, raw)
    partitions = list(_partitions(raw))
    root = _root(raw, partitions)
    job.report(50, "read", "reading its root file system")
    try:
        run("e2fsck", "-f", "-n", f"{raw}?offset={root.offset}", quiet=True)
    except ToolError as error:
        raise InputError(
            FIELD, f"a damaged root file system: {error.message}", "an image that was shut down"
        ) from error
    run("debugfs", "-R", f"rdump / {job.tree}", f"{raw}?offset={root.offset}", quiet=True)
    job.note("filesystems", _mounted(job.tree, root, partitions))
    job.note("epoch", _released(raw, root))


def grow_base(base: Path, disk: Path, capacity: int) -> None:
    """Copy the vendor's disk to `disk`, of `capacity` bytes; its root grows at the first boot.

    Raises InputError when it does not fit.
    """
    size = base.stat().st_size
    if capacity < size:
        found = f"{capacity} bytes, and the disk of {FIELD} has {size}"
        raise InputError("storage.qcow_capacity", found, "as much, or more")
    run("cp", "--reflink=auto", "--sparse=auto", base, disk)
    os.truncate(disk, capacity)
    if capacity > size and _table(disk)["label"] == "gpt":
        run("sfdisk", "--quiet", "--no-reread", "--no-tell-kernel", "--relocate", "gpt-bak-std", disk)


def _table(raw: Path) -> dict[str, Any]:
    return dict(json.loads(ask("sfdisk", "--json", raw))["partitiontable"])


def _partitions(raw: Path) -> Iterator[Partition]:
    try:
        table = _table(raw)
    except ToolError as error:
        raise InputError(FIELD, "a disk without a partition table", "a disk image with a root on ext4") from error
    for one in table.get("partitions", ()):
        offset = one["start"] * SECTOR
        known = _probe(raw, offset)
        names = {f"PARTUUID={one.get('uuid', '').lower()}", f"PARTLABEL={one.get('name', '')}"}
        names |= {f"{name}={known[name]}" for name in ("UUID", "LABEL") if name in known}
        yield Partition(offset, known.get("TYPE"), frozenset(names))


def _probe(raw: Path, offset: int) -> Mapping[str, str]:
    said = run("blkid", "-p", "-o", "export", "-O", str(offset), raw, quiet=True, ok=(0, _NOTHING_FOUND))
    return dict(line.split("=", 1) for line in said.splitlines() if "=" in line)


def _root(raw: Path, partitions: Sequence[Partition]) -> Partition:
    for one in partitions:
        if one.type == "ext4" and _MODIFIED.search(_release(raw, one)):
            return one
    kinds = ", ".join(sorted({one.type for one in partitions if one.type})) or "no file system"
    raise InputError(FIELD, f"{kinds}, and no ext4 with /{_RELEASE}", "a root on ext4: others need a mount")


def _release(raw: Path, root: Partition) -> str:
    """What debugfs says of /etc/os-release, which is a link in most images, and is not followed."""
    return run("debugfs", "-R", f"stat /{_RELEASE}", f"{raw}?offset={root.offset}", quiet=True)


def _released(raw: Path, root: Partition) -> int:
    """The time of the image, in seconds: rdump gives links that of their copying."""
    found = _MODIFIED.search(_release(raw, root))
    assert found is not None  # noqa: S101  (else it would not be the root)
    return max(1, int(found["seconds"], 16))


def _mounted(tree: Path, root: Partition, partitions: Sequence[Partition]) -> list[dict[str, Any]]:
    """The root, and the other partitions that its fstab mounts."""
    found = {"/": root}
    fstab = tree / "etc/fstab"
    for line in _MOUNT.finditer(fstab.read_text(errors="replace") if fstab.is_file() else ""):
        for one in partitions:
            if line["source"].replace('"', "") in one.names and line["mount"] not in found:
                found[line["mount"]] = one
    return [{"mount": mount, "type": one.type, "offset": one.offset} for mount, one in found.items()]
