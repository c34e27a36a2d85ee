"""The rendered files are read as data, plain or packed, and checked."""

import gzip
from pathlib import Path

import pytest

from airship_builder.inputs import Inputs
from airship_images.api.errors import InputError


def test_a_file_is_read_plain_or_packed(tmp_path: Path) -> None:
    (tmp_path / "rootfs-vars.yaml").write_text("packages: [dbus]\n")
    (tmp_path / "rootfs.yaml.gz").write_bytes(
        gzip.compress(
            f"{{rootfsHash: '{'a' * 64}', distribution: debian, suite: bookworm, architecture: amd64}}".encode()
        )
    )
    inputs = Inputs(tmp_path)
    assert inputs.rootfs_vars().packages == ("dbus",)
    assert inputs.rootfs_request().suite == "bookworm"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"build\.yaml"):
        Inputs(tmp_path).build_request()


@pytest.mark.parametrize("package", ["--purge", "a b", "x;id", "/etc/passwd", "A", ""])
def test_what_is_no_package_name_never_reaches_apt(tmp_path: Path, package: str) -> None:
    (tmp_path / "rootfs-vars.yaml").write_text(f"packages: ['{package}']\n")
    with pytest.raises(InputError, match=r"rootfs-vars\.yaml: packages\.0"):
        Inputs(tmp_path).rootfs_vars()


def test_a_mount_that_we_cannot_make_is_refused(tmp_path: Path) -> None:
    text = "{img_name: x, qcow_capacity: 4G, partitions: [{mount: /a/../b x, part_start: 1MiB, part_end: 100%}]}"
    (tmp_path / "image-vars.yaml").write_text(text)
    with pytest.raises(InputError, match=r"partitions\.0\.mount"):
        Inputs(tmp_path).image_vars()
