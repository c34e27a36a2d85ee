"""How the image starts: the firmware takes only what is signed, and an image without our report is judged too."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from airship_builder.digest import file_digest
from tests.builder.small_image.conftest import Built
from tests.builder.sourcing import boot_source
from tests.builder.workbench import MINUTE, Inside, Workbench

pytestmark = pytest.mark.timeout(1800)

RULE = "/usr/lib/udev/rules.d/99-airship-images-boot-report.rules"


def test_with_the_keys_of_the_distribution_s_vendor_enrolled_the_kernel_is_locked_down(facts: dict[str, str]) -> None:
    secure = facts["secure boot"].split() == ["1"]
    assert ("[integrity]" in facts["lockdown"]) is secure
    assert ("[none]" in facts["lockdown"]) is not secure


def test_a_boot_changes_no_byte_of_the_image(built: Built, facts: dict[str, str]) -> None:
    result = built.bench.report(built.build_hash).result
    assert facts["machine"], "it was booted, and made itself a host"
    assert file_digest(built.bench.output / result.path) == result.digest


def test_an_image_that_reports_nothing_is_judged_by_its_console(inside: Inside) -> None:
    """As a vendor's: this one lost what starts our boot report."""
    bench, disk = inside.bench, "/scratch/vendor.raw"
    bench.run("cp", "--sparse=always", "/scratch/inside.raw", disk)
    assert bench.run("debugfs", "-w", "-R", f"rm {RULE}", f"{disk}?offset={inside.offset}").returncode == 0
    argv = ("python3", "-m", "airship_builder", "boot-file", disk, "--firmware", "uefi")
    done = bench.run(*argv, timeout=15 * MINUTE)
    (bench.scratch / "vendor.raw").unlink()
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert "no unit failed, as far as its console tells" in done.stderr


@contextmanager
def with_another_init(inside: Inside, script: str) -> Iterator[Path]:
    """The image as a qcow2 with this script as its first program: nothing of ours is started in it."""
    bench, disk = inside.bench, "/scratch/other.raw"
    bench.run("cp", "--sparse=always", "/scratch/inside.raw", disk)
    (bench.scratch / "init").write_text(f"#!/bin/sh\n{script}\n")
    for command in ("rm /usr/sbin/init", "write /scratch/init /usr/sbin/init", "sif /usr/sbin/init mode 0100755"):
        done = bench.run("debugfs", "-w", "-R", command, f"{disk}?offset={inside.offset}")
        assert done.returncode == 0, done.stderr
    assert bench.run("qemu-img", "convert", "-O", "qcow2", disk, "/scratch/other.qcow2").returncode == 0
    for name in ("other.raw", "init"):
        (bench.scratch / name).unlink()
    other = bench.scratch / "other.qcow2"
    try:
        yield other
    finally:
        other.unlink()


def test_an_image_that_was_built_elsewhere_is_fetched_and_booted_until_it_asks_for_a_login(
    inside: Inside, benches: Callable[[str], Workbench]
) -> None:
    bench = benches("source")
    with with_another_init(inside, "printf 'somewhere login: '; sleep 600") as other:
        done = boot_source(bench, other, "qcow2", "bios")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    assert bench.ended == {"verified": ["bios"]}
    assert bench.stored == []


def test_an_image_that_panics_has_failed_at_once_and_the_reason_is_what_its_kernel_says(inside: Inside) -> None:
    argv = ("python3", "-m", "airship_builder", "boot-file", "/scratch/other.qcow2")
    with with_another_init(inside, "exit 1"):
        done = inside.bench.run(*argv, timeout=15 * MINUTE)
    assert done.returncode == 3, done.stdout[-3000:]
    assert "the boot stops at" in done.stderr
    assert "Kernel panic - not syncing: Attempted to kill init!" in done.stderr
