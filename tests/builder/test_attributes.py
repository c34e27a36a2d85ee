"""What the machine of a build notes on files, such as the labels of SELinux, does not get into an image."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from airship_builder.delta import difference, look
from tests.builder.tiny import EPOCH, write_tiny_request
from tests.builder.workbench import Workbench

pytestmark = pytest.mark.timeout(120)

OF_THE_IMAGE = {
    "security.capability": bytes.fromhex("0100000200200000000000000000000000000000"),  # cap_net_raw=ep
    "user.note": b"kept",
}
OF_THE_MACHINE = {"security.selinux": b"system_u:object_r:container_file_t:s0:c1,c2\0"}


def put(path: Path, attributes: Mapping[str, bytes]) -> None:
    for name, value in attributes.items():
        os.setxattr(path, name, value)


def test_an_archive_has_the_attributes_of_the_image_alone(tools: Path, tmp_path: Path) -> None:
    bench = Workbench(tools, tmp_path / "place", tmp_path / "cache")
    write_tiny_request(bench, "one")
    put(bench.scratch / "rootfs/tree/etc/passwd", OF_THE_IMAGE | OF_THE_MACHINE)
    done = bench.build("commit")
    assert done.returncode == 0, done.stderr[-3000:]
    (archive,) = bench.cache.glob("rootfs/*/rootfs.tar.zst")
    everything = ("--zstd", "--xattrs", "--xattrs-include=*", "-tvvf")
    listed = bench.run("tar", *everything, f"/cache/{archive.relative_to(bench.cache)}").stdout
    assert {line.split()[-1] for line in listed.splitlines() if line.startswith("  x:")} == OF_THE_IMAGE.keys()


def test_what_programs_changed_has_the_attributes_of_the_image_alone(tmp_path: Path) -> None:
    before = look(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/file").write_text("")
    for path in ("folder", "folder/file"):
        put(tmp_path / path, OF_THE_IMAGE | OF_THE_MACHINE)
    written = difference(before, tmp_path, EPOCH).written
    assert [owned.change.attributes for owned in written.values()] == [OF_THE_IMAGE, OF_THE_IMAGE]


def test_a_label_that_a_folder_gets_meanwhile_is_no_change(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    before = look(tmp_path)
    put(tmp_path / "folder", OF_THE_MACHINE)
    assert difference(before, tmp_path, EPOCH).written == {}
