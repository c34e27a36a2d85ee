"""How the image starts: the firmware takes only what is signed, and an image without our report is judged too."""

import pytest

from airship_builder.digest import file_digest
from tests.builder.small_image.conftest import Built
from tests.builder.workbench import MINUTE, Inside

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
