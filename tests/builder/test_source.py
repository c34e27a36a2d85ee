"""An image that was built elsewhere is fetched by its digest, and looked into only where nothing of ours is seen."""

from pathlib import Path

import pytest

from tests.builder.sourcing import boot_source
from tests.builder.workbench import Workbench


def made(bench: Workbench, name: str, *options: str) -> Path:
    """An image that qemu-img makes."""
    done = bench.run("qemu-img", "create", "-q", *options, f"/scratch/{name}", "1M")
    assert done.returncode == 0, done.stderr
    return bench.scratch / name


def test_other_bytes_than_promised_are_not_booted(bench: Workbench) -> None:
    done = boot_source(bench, made(bench, "a.qcow2", "-f", "qcow2"), "qcow2", sha256="ab" * 32)
    assert (done.returncode, bench.ended["phase"], bench.ended["reason"]) == (2, "fetch-image", "DigestMismatch")
    assert not (bench.scratch / "image").exists()


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("qcow2", ("-f", "qcow2", "-F", "raw", "-b", "/etc/shells")),
        ("qcow2", ("-f", "qcow2", "-o", "data_file=/scratch/data,data_file_raw=on")),
        ("vmdk", ("-f", "vmdk", "-o", "subformat=monolithicFlat")),
    ],
    ids=["a layer", "a data file", "an extent"],
)
def test_one_that_shows_what_is_in_another_file_is_refused_before_anything_boots(
    bench: Workbench, kind: str, options: tuple[str, ...]
) -> None:
    image = made(bench, f"a.{kind}", *options)
    if kind == "vmdk":
        image.write_text(image.read_text().replace("a-flat.vmdk", "/scratch/a-flat.vmdk"))
    done = boot_source(bench, image, kind)
    assert (done.returncode, bench.ended["phase"]) == (2, "boot"), done.stderr
    assert "refers to another file" in bench.ended["message"]


def test_one_whose_other_file_is_not_there_is_refused_as_well(bench: Workbench) -> None:
    done = boot_source(bench, made(bench, "a.vmdk", "-f", "vmdk", "-o", "subformat=monolithicFlat"), "vmdk")
    assert (done.returncode, bench.ended["phase"]) == (2, "boot"), done.stderr
    assert "image.source: found an image that cannot be read" in bench.ended["message"]


def test_one_of_another_format_than_its_type_says_is_refused(bench: Workbench) -> None:
    image = made(bench, "a.qcow2", "-f", "vmdk")
    done = boot_source(bench, image, "qcow2")
    assert done.returncode == 2, done.stderr
    assert "image.source: found an image of format vmdk, expected qcow2" in bench.ended["message"]


def test_a_vmdk_of_one_file_is_started_and_one_that_holds_nothing_does_not_boot(bench: Workbench) -> None:
    done = boot_source(bench, made(bench, "a.vmdk", "-f", "vmdk", "-o", "subformat=streamOptimized"), "vmdk")
    assert (done.returncode, bench.ended["phase"], bench.ended["reason"]) == (3, "boot", "BootFailed"), done.stderr
    assert "an image that writes nothing to its first serial port (console=ttyS0) cannot be judged" in done.stderr
