"""A live ISO: does it start as a CD with both firmwares, and does cloud-init find a config drive on it or beside it?"""

import json
import re
from collections.abc import Callable

import pytest

from tests.builder.booting import answers, asking, make_seed
from tests.builder.request_files import write_request
from tests.builder.users_code import MARK, users_code
from tests.builder.workbench import MINUTE, Workbench

pytestmark = pytest.mark.timeout(2400)

MAC = "52:54:00:12:34:56"  # QEMU's first network card
NETWORK = {
    "links": [{"id": "uplink", "type": "phy", "ethernet_mac_address": MAC}],
    "networks": [
        {"id": "n0", "link": "uplink", "type": "ipv4", "ip_address": "10.9.8.7", "netmask": "255.255.255.0"},
    ],
    "services": [],
}
QUESTIONS = {
    "marker": "cat /etc/marker",
    "marks": "cat /etc/role /etc/script",
    "datasource": "cat /run/cloud-init/status.json",
    "addresses": "grep --recursive --no-filename 10.9.8.7 /etc/systemd/network /run/systemd/network /etc/network",
    "cmdline": "cat /proc/cmdline",
    "mounts": "findmnt --noheadings --output TARGET,FSTYPE",
    "machine": "cat /etc/machine-id",
    "lockdown": "cat /sys/kernel/security/lockdown",
    "failed": "systemctl list-units --failed --plain --no-legend",
}
OSCONFIG = {"files": [{"name": "/etc/marker", "file_content": "on the ISO"}]}
SEED = {"userData": asking(QUESTIONS), "networkConfig": json.dumps(NETWORK)}
ESP = "28732ac11ff8d211ba4b00a0c93ec93b"  # as it lies on the disk
WITHOUT_BOOT = ("fetch", "rootfs", "commit", "disk", "configure", "publish")


@pytest.fixture(scope="module")
def built(benches: Callable[[str], Workbench]) -> tuple[Workbench, str]:
    """An ISO with data of its own that has booted with Secure Boot, and its build hash."""
    bench = benches("iso")
    wanted = OSCONFIG | users_code(bench, "/etc")
    build_hash = write_request(bench.request, wanted, form="iso", seed=SEED, verify=("uefi",), secure=True)
    done = bench.build()
    assert done.returncode == 0, done.stderr[-3000:]
    return bench, build_hash


def assert_live(facts: dict[str, str]) -> None:
    """A whole system of its own on a layer in memory, with the data of a config drive."""
    assert facts["marker"] == "on the ISO"
    assert "DataSourceConfigDrive" in facts["datasource"]
    assert "boot=live" in facts["cmdline"]
    assert re.search(r"^/ +overlay", facts["mounts"])
    assert re.match(r"[0-9a-f]{32}\n", facts["machine"])
    assert "10.9.8.7" in facts["addresses"]
    assert facts["failed"] == ""


def test_with_secure_boot_it_applies_the_data_that_is_on_it(built: tuple[Workbench, str]) -> None:
    bench, build_hash = built
    facts = answers((bench.output / f"by-build/{build_hash}-console-uefi.log").read_text())
    assert_live(facts)
    assert bench.report(build_hash).secure_boot
    assert "[integrity]" in facts["lockdown"]
    assert facts["marks"] == MARK + MARK, "users' code did not run"


def test_with_bios_one_without_data_applies_that_of_a_config_drive_beside_it(built: tuple[Workbench, str]) -> None:
    bench, _ = built
    build_hash = write_request(bench.request, OSCONFIG, form="iso")
    done = bench.build(*WITHOUT_BOOT)
    assert done.returncode == 0, done.stderr[-3000:]
    make_seed(bench, QUESTIONS, json.dumps(NETWORK))
    argv = ("python3", "-m", "airship_builder", "boot-file", bench.image(build_hash), "--disk", "/scratch/seed.raw")
    booted = bench.run(*argv, timeout=15 * MINUTE)
    assert booted.returncode == 0, booted.stdout[-3000:] + booted.stderr[-1000:]
    assert_live(answers(booted.stdout))


def test_it_starts_from_a_cd_and_from_a_stick(built: tuple[Workbench, str]) -> None:
    bench, build_hash = built
    image = bench.image(build_hash)
    asked = ("-pvd_info", "-report_el_torito", "plain", "-report_system_area", "plain")
    report = bench.run("xorriso", "-indev", image, *asked).stdout
    assert "Volume Id    : config-2" in report
    assert re.search(r"El Torito boot img : +1 +BIOS", report)
    assert re.search(r"El Torito boot img : +2 +UEFI", report)
    assert re.search(r"System area summary: .*grub2-mbr.* GPT", report)
    assert re.search(rf"GPT type GUID +: +2 +{ESP}", report)


def test_the_same_inputs_give_the_same_bytes(built: tuple[Workbench, str]) -> None:
    bench, build_hash = built
    wanted = OSCONFIG | users_code(bench, "/etc")
    again = write_request(bench.request, wanted, form="iso", seed=SEED, trigger="again")
    done = bench.build(*WITHOUT_BOOT)
    assert done.returncode == 0, done.stderr[-3000:]
    assert bench.image(again) == bench.image(build_hash)
