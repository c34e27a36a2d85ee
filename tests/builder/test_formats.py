"""One image in each format, of one cached root filesystem: what is in it, and are the same inputs the same bytes?"""

import json
import subprocess
from collections.abc import Callable

import pytest

from airship_images.api.build import Firmware
from tests.builder.request_files import WITHOUT_CLOUD_INIT, write_request
from tests.builder.users_code import MARK, users_code
from tests.builder.workbench import Workbench

pytestmark = pytest.mark.timeout(1800)

PROBE = """
import pathlib, sys
from airship_builder.kvm import kvm_works
device = pathlib.Path("/dev/kvm")
device.exists() or device.touch()
print(kvm_works(pathlib.Path(sys.argv[1]), pathlib.Path("/scratch"), float(sys.argv[2])))
"""
CONTENT_IDS = """
import pathlib, subprocess
from airship_builder.formats.vmdk import set_content_id
disk, image = pathlib.Path("/scratch/disk.raw"), pathlib.Path("/scratch/disk.vmdk")
disk.write_bytes(b"x" * 65536)
found = set()
for number in range(200):
    argv = ("qemu-img", "convert", "-f", "raw", "-O", "vmdk", "-o", "subformat=streamOptimized", disk, image)
    subprocess.run(argv, check=True)
    set_content_id(image, "0123abcd")
    found.add(image.read_bytes())
print(len(found), b"\\nCID=0123abcd\\nparentCID=ffffffff\\n" in found.pop())
"""
EMULATED = """#!/bin/sh
echo "$*" >/scratch/asked-for
for word; do
    shift
    case $word in q35,accel=kvm) word=q35,accel=tcg ;; host) word=max ;; esac
    set -- "$@" "$word"
done
exec /usr/bin/qemu-system-x86_64 "$@"
"""
"""Stands in for a KVM that works: QEMU with the machine that was asked for, emulated."""
OSCONFIG = {
    "files": [
        {"name": "/etc/marker", "file_content": "here", "permissions": "0640", "group": "adm"},
        {"name": "/etc/issue", "file_content": "replaced"},
        WITHOUT_CLOUD_INIT,
    ],
    "systemd": [{"name": "fstrim.timer", "enabled": False}],
}


@pytest.fixture(scope="module")
def bench(benches: Callable[[str], Workbench]) -> Workbench:
    """One place: what is built from the same root filesystem finds it there."""
    return benches("formats")


def build(bench: Workbench, form: str, trigger: str = "", verify: tuple[Firmware, ...] = ()) -> str:
    """An image in `form`, an archive with users' code too; gives its path in the tools root."""
    wanted = OSCONFIG | users_code(bench, "/etc") if form == "rootfs" else OSCONFIG
    build_hash = write_request(bench.request, wanted, form=form, trigger=trigger, verify=verify)
    done = bench.build()
    assert done.returncode == 0, done.stderr[-3000:]
    assert bench.ended["format"] == form
    assert bench.report(build_hash).verified == verify
    return bench.image(build_hash)


def run(bench: Workbench, script: str) -> str:
    """What `script` says in the tools root."""
    done = bench.run("sh", "-ec", script)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_raw_and_vmdk_hold_the_disk_that_the_qcow2_holds(bench: Workbench) -> None:
    qcow2 = build(bench, "qcow2")
    for form in ("raw", "vmdk"):
        compared = bench.run("qemu-img", "compare", "-f", "qcow2", "-F", form, qcow2, build(bench, form))
        assert compared.stdout == "Images are identical.\n"


def test_a_vmdk_that_is_made_once_more_and_boots_has_the_same_bytes(bench: Workbench) -> None:
    assert build(bench, "vmdk", trigger="booted", verify=("bios",)) == build(bench, "vmdk"), "the boot changed it"


def test_a_vmdk_has_the_same_bytes_however_short_its_random_content_id_was(bench: Workbench) -> None:
    """QEMU leaves leading zeros out: of 200 images some dozen have fewer than eight digits."""
    done = bench.run("python3", "-c", CONTENT_IDS)
    assert done.stdout == "1 True\n", done.stderr


def asked_for_kvm(bench: Workbench, image: str, patience: float, *program: str) -> subprocess.CompletedProcess[str]:
    """Whether KVM works, where its device answers nothing; `program` is a command that asks with the argv after it."""
    stand_in = 'if [ -e /dev/kvm ]; then mount --bind /dev/null /dev/kvm; fi; exec "$@"'
    inner = bench.command(*program, "python3", "-c", PROBE, image, str(patience))
    command = ("unshare", "--mount", "--propagation", "private", "sh", "-c", stand_in, "sh", *inner)
    return subprocess.run(command, capture_output=True, text=True, timeout=patience + 60, check=False)


def test_a_kvm_that_opens_and_runs_no_kernel_is_not_used(bench: Workbench) -> None:
    """As on a machine whose own hypervisor has no nested one: a device that answers nothing stands in for it."""
    done = asked_for_kvm(bench, build(bench, "raw"), 5)
    assert done.stdout == "False\n", done.stderr
    assert "runs no kernel: going on without it" in done.stderr


def test_a_kvm_whose_kernel_says_its_name_is_used(bench: Workbench) -> None:
    folder = bench.scratch / "emulated"
    folder.mkdir()
    (folder / "qemu-system-x86_64").write_text(EMULATED)
    (folder / "qemu-system-x86_64").chmod(0o755)
    path = "PATH=/scratch/emulated:/usr/bin:/usr/sbin:/bin:/sbin"
    done = asked_for_kvm(bench, build(bench, "qcow2"), 90, "env", path)
    assert (done.stdout, "KVM works" in done.stderr) == ("True\n", True), done.stderr
    asked = (bench.scratch / "asked-for").read_text()
    assert "-kernel /scratch/kvm-" in asked, "a whole disk was unpacked elsewhere than in the scratch folder"


def test_a_disk_that_there_is_no_room_to_unpack_boots_without_kvm(bench: Workbench) -> None:
    done = asked_for_kvm(bench, build(bench, "qcow2"), 5, "prlimit", "--fsize=1000000")
    assert done.stdout == "False\n", done.stderr
    assert "no kernel in reach" in done.stderr


def test_a_disk_whose_name_ends_in_a_digit_has_its_kernel_in_reach(bench: Workbench) -> None:
    (bench.scratch / "disk1").symlink_to(build(bench, "raw"))
    done = asked_for_kvm(bench, "/scratch/disk1", 0.1)
    assert "runs no kernel: going on without it" in done.stderr


def test_a_rootfs_is_a_tar_of_the_configured_tree(bench: Workbench) -> None:
    image = build(bench, "rootfs")
    names = "./etc/marker ./etc/shadow ./usr/bin/sudo"
    listed = run(bench, f"tar --zstd --numeric-owner -tvf {image} {names}")
    assert sorted(line.split()[:2] for line in listed.splitlines()) == [
        ["-rw-r-----", "0/4"],
        ["-rw-r-----", "0/42"],
        ["-rwsr-xr-x", "0/0"],
    ]
    assert run(bench, f"tar --zstd -xOf {image} ./etc/issue") == "replaced"
    assert run(bench, f"tar --zstd -xOf {image} ./etc/role ./etc/script") == MARK + MARK
    whole = run(bench, f"tar --zstd -tf {image}").splitlines()
    assert len(whole) == len(set(whole)), "a path is in it twice"
    assert "./etc/systemd/system/timers.target.wants/fstrim.timer" not in whole
    assert "./boot/grub/grub.cfg" not in whole, "nothing starts it that reads this"
    assert bench.ended["virtualSize"] == bench.ended["size"]


def test_an_oci_image_unpacks_to_the_same_tree(bench: Workbench) -> None:
    image = build(bench, "oci")
    run(bench, f"mkdir -p /scratch/layout && tar -xf {image} -C /scratch/layout")
    run(bench, "umoci unpack --image /scratch/layout:latest /scratch/bundle")
    marker = "/scratch/bundle/rootfs/etc/marker"
    assert run(bench, f"cat {marker}; stat -c ' %a %g' {marker}") == "here 640 4\n"
    config = json.loads(run(bench, "cat /scratch/bundle/config.json"))
    assert config["process"]["args"] == ["/sbin/init"]
    run(bench, "rm -rf /scratch/bundle /scratch/layout")


@pytest.mark.parametrize("form", ["raw", "rootfs", "oci"])
def test_the_same_inputs_give_the_same_bytes(bench: Workbench, form: str) -> None:
    assert build(bench, form) == build(bench, form, trigger="again")
