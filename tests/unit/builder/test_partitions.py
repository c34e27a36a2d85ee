"""A mount point that cannot be one is refused before anything is made."""

from pathlib import Path
from typing import Literal

import pytest

from airship_builder.base import DIRECTORY, FILE, LINK
from airship_builder.inputs import Filesystem, Partition
from airship_builder.layout import place
from airship_builder.partitions import Partitions
from airship_images.api.errors import InputError

PATHS = {"/opt": DIRECTORY, "/opt/tool": FILE, "/lib": f"{LINK}usr/lib", "/usr": DIRECTORY, "/usr/lib": DIRECTORY}
ROOT = Partition(mount="/", part_start="2GiB", part_end="100%", filesystem=Filesystem(type="ext4"))


@pytest.mark.parametrize(
    ("mount", "kind", "path", "found"),
    [
        ("/opt", "xfs", "storage.partitions[1].filesystem.type", "xfs for /opt, where packages have 1 files"),
        ("/opt/tool", "ext4", "storage.partitions[1].mount", "/opt/tool is no directory"),
        ("/lib/modules", "ext4", "storage.partitions[1].mount", "/lib is no directory"),
    ],
)
def test_a_mount_point_is_refused(
    tmp_path: Path, mount: str, kind: Literal["ext4", "xfs"], path: str, found: str
) -> None:
    other = Partition(mount=mount, part_start="1GiB", part_end="2GiB", filesystem=Filesystem(type=kind))
    partitions = Partitions(tmp_path / "disk", place("key", "4G", (ROOT, other)), "", 0, tmp_path)
    with pytest.raises(InputError) as caught:
        partitions.fill(tmp_path / "archive", PATHS)
    assert caught.value.path == path
    assert found in caught.value.found
