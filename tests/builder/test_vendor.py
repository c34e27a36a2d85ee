"""An image that starts from a disk image: one of ours as a vendor's, and one in the shape of another family."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from airship_builder.digest import file_digest
from tests.builder.repository import served
from tests.builder.request_files import write_request
from tests.builder.rpms import install_rpm
from tests.builder.workbench import Workbench, open_image

pytestmark = pytest.mark.timeout(1800)

WITHOUT_BOOT = ("fetch", "rootfs", "commit", "disk", "configure", "publish")
RELEASED = 1_600_000_000
UNIT = "[Service]\nType=oneshot\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n"
OSCONFIG = {
    "files": [{"name": "/etc/marker", "file_content": "two"}],
    "sysctl": [{"name": "vm.swappiness", "value": "13"}],
    "cloud_init": {"datasources": ["ConfigDrive", "None"]},
    "user_management": [{"name": "op", "groups": ["adm"]}],
    "systemd": [{"name": "hello.service", "file_content": UNIT, "enabled": True}],
}
ACCOUNTS = {
    "passwd": "root:x:0:0::/root:/bin/bash\n",
    "group": "root:x:0:\nadm:x:4:\n",
    "shadow": "root:*:19000:0:99999:7:::\n",
    "gshadow": "root:::\nadm:::\n",
}
FILLED = {
    "ext4": "mke2fs -q -t ext4 -E offset=2097152 -d /scratch/ext4 disk 100M",
    "xfs": "mkfs.xfs -q part && dd status=none if=part of=disk bs=1M seek=2 conv=notrunc",
}


@dataclass(frozen=True)
class Vendor:
    """A place whose folders are served, each file of them under one URL, as the root filesystem of it has one hash."""

    bench: Workbench
    url: str

    def start_from(self, image: Path, *phases: str, **others: Any) -> tuple[str, int, str]:
        """Build from `image`; gives the build hash, the exit code and what was said."""
        url = f"{self.url}/{image.relative_to(self.bench.place)}"
        base = {"url": url, "sha256": file_digest(image)}
        build_hash = write_request(self.bench.request, OSCONFIG, packages=[], software={"base": base}, **others)
        done = self.bench.build(*phases)
        return build_hash, done.returncode, done.stderr[-3000:]


def of_another_family(bench: Workbench, kind: str) -> Path:
    """A disk in the shape of a RHEL-like system: no dpkg, no group shadow, a kernel beside its modules, an MBR."""
    tree = bench.scratch / kind
    kernel = "usr/lib/modules/6.12.0-1.el10.x86_64"
    for folder in (kernel, "etc/selinux", "etc/systemd/system", "usr/lib/systemd/system"):
        (tree / folder).mkdir(parents=True)
    (tree / "usr/lib/os-release").write_text("ID=rocky\nVERSION_ID=10\n")
    (tree / "etc/os-release").symlink_to("../usr/lib/os-release")
    os.utime(tree / "etc/os-release", (RELEASED, RELEASED), follow_symlinks=False)
    (tree / "etc/selinux/config").write_text("SELINUX=enforcing\n")
    (tree / "etc/fstab").write_text("LABEL=data /data ext4 defaults 0 0\n")
    for name, text in ACCOUNTS.items():
        (tree / "etc" / name).write_text(text)
    install_rpm(bench, kind)
    script = (
        "cd /scratch; rm -f disk part; truncate -s 400M disk; truncate -s 320M part;"
        f" echo start=4096,type=83 | sfdisk -q --label dos disk; {FILLED[kind]};"
        f" qemu-img convert -f raw -O qcow2 disk {kind}.qcow2"
    )
    done = bench.run("sh", "-ec", script)
    assert done.returncode == 0, done.stderr
    return bench.scratch / f"{kind}.qcow2"


@pytest.fixture(scope="module")
def bench(benches: Callable[[str], Workbench]) -> Workbench:
    return benches("vendor")


@pytest.fixture(scope="module")
def vendor(bench: Workbench) -> Iterator[Vendor]:
    with served(bench.place) as url:
        yield Vendor(bench, url)


@pytest.fixture(scope="module")
def vendors(bench: Workbench) -> Path:
    """A Debian cloud image with a boot loader of its own, and a file that another will replace."""
    build_hash = write_request(bench.request, {"files": [{"name": "/etc/marker", "file_content": "one"}]})
    done = bench.build(*WITHOUT_BOOT)
    assert done.returncode == 0, done.stderr[-3000:]
    return bench.output / bench.report(build_hash).result.path


def inner(bench: Workbench, image: Path) -> str:
    """The path of a published image in the tools root."""
    return f"/output/{image.relative_to(bench.output)}"


def test_it_takes_the_configuration_and_boots_by_its_own_boot_loader(
    bench: Workbench, vendor: Vendor, vendors: Path
) -> None:
    before = open_image(bench, inner(bench, vendors)).text("/boot/grub/grub.cfg")
    build_hash, code, said = vendor.start_from(vendors, capacity="3G", verify=("bios",))
    assert code == 0, said
    report = bench.report(build_hash)
    assert (report.verified, report.lock, report.result.virtual_size) == (("bios",), (), 3 << 30)
    inside = open_image(bench, bench.image(build_hash))
    assert inside.text("/etc/marker") == "two"
    assert inside.text("/boot/grub/grub.cfg") == before
    assert "op:x:1000:" in inside.text("/etc/passwd")
    assert inside.link("/etc/systemd/system/multi-user.target.wants/hello.service").endswith("/hello.service")


def test_one_of_another_family_takes_the_configuration(bench: Workbench, vendor: Vendor) -> None:
    build_hash, code, said = vendor.start_from(of_another_family(bench, "ext4"), *WITHOUT_BOOT, capacity="400M")
    assert code == 0, said
    inside = open_image(bench, bench.image(build_hash))
    assert inside.text("/etc/marker") == "two"
    assert f" mtime: 0x{RELEASED:08x}:" in inside.debugfs("stat /etc/marker"), "the time is not the vendor's"
    assert inside.text("/etc/sysctl.d/99-airship-images.conf") == "vm.swappiness = 13\n"
    assert "adm:x:4:op" in inside.text("/etc/group")
    assert inside.stat("/etc/shadow") == "regular 0600 0 0"
    assert inside.stat("/.autorelabel") == "regular 0644 0 0"
    assert inside.stat("/etc/cloud/cloud.cfg.d/99-airship-images.cfg").startswith("regular"), "cloud-init is not seen"
    assert inside.text("/etc/fstab").startswith("LABEL=data")
    assert inside.link("/etc/systemd/system/multi-user.target.wants/hello.service").endswith("/hello.service")


def test_its_sbom_lists_the_packages_of_rpm(bench: Workbench, vendor: Vendor) -> None:
    _, code, said = vendor.start_from(bench.scratch / "ext4.qcow2", *WITHOUT_BOOT, capacity="400M")
    assert code == 0, said
    sbom = json.loads((bench.output / (bench.ended["path"] + ".cdx.json")).read_text())
    assert [one["purl"] for one in sbom["components"] if "purl" in one] == [
        "pkg:rpm/rocky/cloud-init@24.4-4.el10?arch=noarch&distro=rocky-10&epoch=1&upstream=cloud-init-24.4-4.el10.src.rpm"
    ]


def test_a_root_that_is_no_ext4_is_refused(bench: Workbench, vendor: Vendor) -> None:
    _, code, said = vendor.start_from(of_another_family(bench, "xfs"), "fetch", "rootfs")
    assert code == 2, said
    assert (
        "software.base: found xfs, and no ext4 with /etc/os-release, expected a root on ext4" in bench.ended["message"]
    )


def test_an_image_in_two_files_is_refused(bench: Workbench, vendor: Vendor, vendors: Path) -> None:
    layered = ("qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", inner(bench, vendors))
    assert bench.run(*layered, "/scratch/layer.qcow2").returncode == 0
    _, code, said = vendor.start_from(bench.scratch / "layer.qcow2", "fetch", "rootfs")
    assert code == 2, said
    assert "refers to another file" in bench.ended["message"]


def test_a_disk_smaller_than_the_vendor_s_is_refused(bench: Workbench, vendor: Vendor, vendors: Path) -> None:
    _, code, said = vendor.start_from(vendors, *WITHOUT_BOOT, capacity="1G")
    assert code == 2, said
    assert "storage.qcow_capacity: found 1073741824 bytes, and the disk of software.base has" in bench.ended["message"]
