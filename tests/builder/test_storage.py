"""A disk of many partitions: what is on each, and does it boot and mount them all?"""

import json
import re
import shutil
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from tests.builder.booting import boot_with_questions
from tests.builder.request_files import write_request
from tests.builder.users_code import MARK, users_code
from tests.builder.workbench import Inside, Workbench, open_image

pytestmark = pytest.mark.timeout(1800)

WITHOUT_BOOT = ("fetch", "rootfs", "commit", "disk", "configure", "publish")


def partition(mount: str, start: str, end: str, kind: str | None, *flags: str, **others: Any) -> dict[str, Any]:
    filesystem = {"filesystem": {"type": kind}} if kind else {}
    return {"mount": mount, "part_start": start, "part_end": end, "flags": [*flags], **filesystem, **others}


PARTITIONS = [
    partition("/", "1284MiB", "100%", "ext4"),
    partition("none", "1MiB", "5MiB", None, "bios_grub"),
    partition("/boot/efi", "5MiB", "64MiB", "vfat", "esp"),
    partition("/boot", "64MiB", "264MiB", "ext4"),
    partition("/var/log", "264MiB", "328MiB", "ext4"),
    partition("/var", "328MiB", "828MiB", "ext4"),
    partition("/srv/data", "828MiB", "1152MiB", "xfs", mount_order=9),
    partition("/media/exchange", "1152MiB", "1184MiB", "vfat"),
    partition("none", "1184MiB", "1248MiB", "swap"),
    partition("none", "1248MiB", "1284MiB", None),
]
FLAGS = {  # as the UEFI specification and GRUB know them
    "esp": "C12A7328-F81F-11D2-BA4B-00A0C93EC93B",
    "bios": "21686148-6449-6E6F-744E-656564454649",
}
QUESTIONS = {
    "mounts": "findmnt --noheadings --output TARGET,FSTYPE; df --output=size --block-size=1M / | tail -1",
    "swaps": "cat /proc/swaps",
    "failed": "systemctl list-units --failed --plain --no-legend",
}
NUMBERS = {one["mount"]: number for number, one in enumerate(PARTITIONS, start=1)}
OSCONFIG = {
    "files": [
        {"name": "/var/lib/site/marker", "file_content": "on var"},
        {"name": "/var/log/site.log", "file_content": "on log"},
        {"name": "/boot/marker", "file_content": "on boot"},
    ],
    "directories": [{"name": "/var/log", "permissions": "0751"}],
    "resolver": {"nameservers": ["192.0.2.53", "2001:db8::53"], "search": ["site.example", "example"]},
}
NETWORK = "version: 2\nethernets: {uplink: {match: {macaddress: '52:54:00:12:34:56'}, dhcp4: true}}\n"


def ask(bench: Workbench, trigger: str = "") -> str:
    """Write the request of a raw image with the partitions above; gives its build hash."""
    wanted = OSCONFIG | users_code(bench, "/etc", "/boot", "/var/lib/site", "/var/log")
    seed, form = {"networkConfig": NETWORK}, "raw"
    return write_request(
        bench.request, wanted, form=form, capacity="2800M", partitions=PARTITIONS, seed=seed, trigger=trigger
    )


@pytest.fixture(scope="module")
def built(benches: Callable[[str], Workbench]) -> tuple[Workbench, str]:
    """A published image, and its path."""
    bench = benches("storage")
    build_hash = ask(bench)
    done = bench.build(*WITHOUT_BOOT)
    assert done.returncode == 0, done.stderr[-3000:]
    return bench, bench.image(build_hash)


@pytest.fixture(scope="module")
def opened(built: tuple[Workbench, str]) -> dict[str, Inside]:
    """Its file systems of ext4, by their mount points."""
    return {mount: open_image(*built, NUMBERS[mount]) for mount in ("/", "/boot", "/var", "/var/log")}


def test_each_file_is_on_the_file_system_that_its_path_is_mounted_from(opened: dict[str, Inside]) -> None:
    root, boot, var, logs = opened.values()
    assert (var.text("/lib/site/marker"), logs.text("/site.log"), boot.text("/marker")) == (
        "on var",
        "on log",
        "on boot",
    )
    assert logs.stat("/") == "directory 0751 0 0"
    assert var.stat("/log") == "directory 0755 0 0"
    assert "status" in var.debugfs("ls -p /lib/dpkg")
    for inside, path in ((root, "/var/lib"), (root, "/boot/grub"), (root, "/srv/data/x"), (var, "/log/site.log")):
        assert inside.stat(path) == "nothing"
    assert root.stat("/srv/data") == root.stat("/media/exchange") == boot.stat("/efi") == "directory 0755 0 0"
    assert "linux /vmlinuz-" in boot.text("/grub/grub.cfg")


def test_users_code_reaches_each_of_them(opened: dict[str, Inside]) -> None:
    for mount, folder in {"/": "/etc", "/boot": "", "/var": "/lib/site", "/var/log": ""}.items():
        on = opened[mount]
        assert (on.text(f"{folder}/script"), on.stat(f"{folder}/role")) == (MARK, "regular 0640 0 0")


def test_name_servers_without_systemd_resolved_are_in_the_file_that_glibc_reads(opened: dict[str, Inside]) -> None:
    root = opened["/"]
    assert root.stat("/etc/resolv.conf") == "regular 0644 0 0"
    assert (
        root.text("/etc/resolv.conf") == "nameserver 192.0.2.53\nnameserver 2001:db8::53\nsearch site.example example\n"
    )


def test_a_network_configuration_is_the_image_s_seed(opened: dict[str, Inside]) -> None:
    var, seed = opened["/var"], "/lib/cloud/seed/nocloud"
    assert (var.text(f"{seed}/network-config"), var.text(f"{seed}/user-data")) == (NETWORK, "")
    assert var.stat(f"{seed}/network-config") == "regular 0600 0 0"


def test_the_table_names_each_partition_and_its_kind(built: tuple[Workbench, str]) -> None:
    bench, image = built
    listed = json.loads(bench.run("sfdisk", "--json", image).stdout)["partitiontable"]["partitions"]
    names = ["root", "bios", "esp", "boot", "var-log", "var", "srv-data", "media-exchange", "swap-9", "data-10"]
    assert [one["name"] for one in listed] == names
    assert {one["name"]: one["type"] for one in listed}.items() >= FLAGS.items()
    assert 'TYPE="swap"' in bench.run("blkid", "-p", "-O", str(1184 << 20), image).stdout


def test_an_xfs_has_the_sectors_of_any_drive_and_not_those_of_the_builder_s(built: tuple[Workbench, str]) -> None:
    """Its superblock says so at byte 102."""
    bench, image = built
    with (bench.output / image.removeprefix("/output/")).open("rb") as disk:
        disk.seek(828 << 20)
        superblock = disk.read(512)
    assert (superblock[:4], int.from_bytes(superblock[102:104])) == (b"XFSB", 4096)


def test_the_image_boots_and_mounts_them_in_their_order(built: tuple[Workbench, str]) -> None:
    bench, image = built
    fstab = open_image(bench, image).text("/etc/fstab").splitlines()
    mounts = ["/", "/boot", "/var", "/boot/efi", "/var/log", "/media/exchange", "/srv/data", "none"]
    assert [line.split()[1] for line in fstab] == mounts
    facts = boot_with_questions(bench, image, "bios", QUESTIONS, form="raw")
    mounted = dict(re.findall(r"(/\S*) +(\w+)", facts["mounts"]))
    found = {mount: kind for mount, kind in mounted.items() if mount in mounts}
    assert found == {one["mount"]: one["filesystem"]["type"] for one in PARTITIONS if one["mount"] in mounts[:-1]}
    assert "partition" in facts["swaps"]
    assert int(facts["mounts"].split()[-1]) > 1600, "the root file system did not grow with its disk"
    assert facts["failed"] == ""


def test_the_same_partitions_are_made_of_the_same_bytes(built: tuple[Workbench, str]) -> None:
    bench, image = built
    request = yaml.safe_load((bench.request / "build.yaml").read_text())
    shutil.rmtree(bench.cache / "disk" / request["diskHash"])
    build_hash = ask(bench, trigger="again")
    done = bench.build(*WITHOUT_BOOT)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "disk" not in bench.report(build_hash).cache_hits
    assert bench.image(build_hash) == image
