"""Debian 13 from the real archive, with a declared repository and a driver of its own; and Ubuntu's shape."""

import hashlib
import io
import json
import re
import shutil
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from airship_builder.sources import machine_sources
from tests.builder.canaries import files_with, places
from tests.builder.certificates import make_certificate
from tests.builder.repository import Key, Mirror, Repository, mirror_of, served
from tests.builder.request_files import write_request
from tests.builder.workbench import Inside, Workbench, open_image
from tests.unit.spec.nodes import a_profile, prepared

pytestmark = pytest.mark.timeout(1800)

PACKAGES = ["linux-image-cloud-amd64", "systemd-sysv", "udev", "kmod"]
SOURCE = """\
#include <linux/init.h>
#include <linux/module.h>
#include <linux/printk.h>
static int __init hello_init(void) { pr_alert("a driver of the test is here\\n"); return 0; }
static void __exit hello_exit(void) { }
module_init(hello_init);
module_exit(hello_exit);
MODULE_LICENSE("GPL");
"""
MAKEFILE = "obj-m := hello.o\n"
DKMS_CONF = """\
PACKAGE_NAME="hello"
PACKAGE_VERSION="1.0"
MAKE[0]="make -C ${kernel_source_dir} M=${dkms_tree}/${PACKAGE_NAME}/${PACKAGE_VERSION}/build modules"
BUILT_MODULE_NAME[0]="hello"
DEST_MODULE_LOCATION[0]="/updates"
AUTOINSTALL="yes"
"""
NETPLAN = {"name": "10-uplink.yaml", "file_content": "network: {version: 2, ethernets: {eth0: {dhcp4: true}}}\n"}
COMPILE = """
import sys
from pathlib import Path
from airship_builder.cache import Cache
from airship_builder.dkms import compile_modules
from airship_builder.inputs import Inputs
from airship_builder.job import Job
from airship_builder.rootfs import newest_kernel
from airship_images.api.errors import InputError
folders = {name: Path("/", name) for name in ("output", "scratch", "secrets", "pull_secrets")}
job = Job(inputs=Inputs(Path("/inputs")), cache=Cache(Path("/cache")), mirror=None, **folders)
try:
    compile_modules(job, newest_kernel(job.tree))
except InputError as error:
    print(error.reason, error)
    sys.exit(error.exit_code)
"""


@dataclass
class Trixie:
    bench: Workbench
    build_hash: str
    key: Key
    mirror: Mirror
    log: str


def archive(**files: str) -> bytes:
    """A tar archive with one folder."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:xz") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(f"hello-1.0/{name}")
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
    return packed.getvalue()


def a_driver(site: Path, url: str, **changed: str) -> dict[str, str]:
    packed = archive(**{"hello.c": SOURCE, "Makefile": MAKEFILE, "dkms.conf": DKMS_CONF} | changed)
    digest = hashlib.sha256(packed).hexdigest()
    (site / f"{digest}.tar.xz").write_bytes(packed)
    return {"name": "hello", "url": f"{url}/{digest}.tar.xz", "sha256": digest}


def a_repository(name: str, site: tuple[Path, str, Key], **others: Any) -> dict[str, Any]:
    folder, url, _ = site
    digest = hashlib.sha256((folder / "key.asc").read_bytes()).hexdigest()
    key = {"keyring_url": f"{url}/key.asc", "keyring_sha256": digest}
    return {"name": name, "source": f"{url}/{name}", "register_repo_with_rootfs": True, **key, **others}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str, Key]]:
    place = tmp_path_factory.mktemp("site")
    (place / "www").mkdir()
    key = Key.make(place / "key")
    (place / "www/key.asc").write_text(key.public)
    with served(place / "www") as url:
        yield place / "www", url, key


@pytest.fixture(scope="module")
def mirror() -> Iterator[Mirror]:
    """A mirror of Debian's archive, laid out as mirrors are."""
    addresses = {source.suite.endswith("-security"): source.uri for source in machine_sources("trixie")}
    with mirror_of({"debian-security" if security else "debian": uri for security, uri in addresses.items()}) as found:
        yield found


@pytest.fixture(scope="module")
def trixie(benches: Callable[[str], Workbench], site: tuple[Path, str, Key], mirror: Mirror) -> Trixie:
    """A published image, booted with Secure Boot, whose signed driver says on the console that it is there.

    It is built by a mirror, and the cache lacks a package.
    """
    folder, url, key = site
    addon = Repository(folder / "addon", key, suite="/")
    addon.add("site-tool", files={"/usr/share/site-tool/text": "of the repository"})
    addon.publish()
    bench = benches("trixie")
    (bench.secrets / "drivers").mkdir()
    make_certificate(bench.secrets / "drivers")
    own = machine_sources("trixie")[0]
    backports = {"name": "backports", "source": own.uri, "suite": "trixie-backports", "components": "main"}
    contrib = {"name": "contrib", "source": own.uri, "suite": "trixie", "components": "contrib"}
    repos = [
        a_repository("addon", site, suite="/", packages=["site-tool"], omitdebsrc=True),
        {**backports, "keyring_pkg": "debian-archive-keyring", "register_repo_with_rootfs": True},
        {**contrib, "keyring_pkg": "debian-archive-keyring", "register_repo_with_rootfs": True},
    ]
    names = {"key_from": "key", "certificate_from": "certificate"}
    build_hash = write_request(
        bench.request,
        {
            "kernel": {"modules": {"load": [{"name": "hello"}]}},
            "module_signing": {field: {"secretName": "drivers", "key": name} for field, name in names.items()},
        },
        packages=[*PACKAGES, "site-tool"],
        distribution=("debian", "trixie"),
        software={"repos": repos, "dkms": [a_driver(folder, url)], "unapproved_packages": ["snapd"]},
        verify=("uefi",),
        secure=True,
    )
    for package in (bench.cache / "debs").glob("kmod_*"):
        package.unlink()
    done = bench.build(options=("--mirror", f"{mirror.url}/debian"))
    assert done.returncode == 0, done.stderr[-4000:]
    return Trixie(bench, build_hash, key, mirror, done.stderr)


@pytest.fixture(scope="module")
def inside(trixie: Trixie) -> Inside:
    return open_image(trixie.bench, trixie.bench.image(trixie.build_hash))


def module_folder(inside: Inside) -> str:
    (kernel,) = [word for word in inside.debugfs("ls -p /usr/lib/modules").split("/") if "cloud" in word]
    return f"/usr/lib/modules/{kernel}"


def test_debian_13_boots_and_its_own_driver_is_loaded(trixie: Trixie, inside: Inside) -> None:
    assert "VERSION_CODENAME=trixie" in inside.text("/usr/lib/os-release")
    assert trixie.bench.report(trixie.build_hash).verified == ("uefi",)
    console = (trixie.bench.output / f"by-build/{trixie.build_hash}-console-uefi.log").read_text()
    assert "a driver of the test is here" in console


def test_where_its_certificate_is_enrolled_a_locked_down_kernel_takes_the_driver(trixie: Trixie) -> None:
    assert trixie.bench.report(trixie.build_hash).secure_boot
    assert "Secure Boot on, lockdown integrity, driver hello loaded\n" in trixie.log


def test_where_it_is_not_the_driver_is_refused_and_the_boot_test_says_why(trixie: Trixie) -> None:
    image = trixie.bench.image(trixie.build_hash)
    argv = ("python3", "-m", "airship_builder", "boot-file", image, "--firmware", "uefi", "--secure-boot")
    done = trixie.bench.run(*argv)
    assert done.returncode == 3, done.stderr[-3000:]
    why = "the certificate of the key that signed it is not enrolled in this machine"
    assert f"the kernel refused the driver hello: {why}" in done.stderr


def test_the_driver_is_for_the_image_s_kernel_and_signed(trixie: Trixie, inside: Inside) -> None:
    folder = module_folder(inside)
    assert "updates/dkms/hello.ko:" in inside.text(f"{folder}/modules.dep")
    inside.debugfs(f"dump {folder}/updates/dkms/hello.ko /scratch/hello.ko")
    said = trixie.bench.run("modinfo", "/scratch/hello.ko").stdout
    assert f"vermagic:       {folder.rpartition('/')[2]} " in said
    assert "signer:         drivers of the tests" in said


def test_of_what_compiled_it_nothing_is_left(inside: Inside) -> None:
    assert inside.stat("/usr/bin/gcc") == "nothing"
    assert inside.stat("/usr/bin/make") == "nothing"
    assert "linux-headers" not in inside.text("/var/lib/dpkg/status")
    assert "hello" not in inside.debugfs("ls -p /usr/src")


def test_a_key_that_signs_modules_is_in_no_image_cache_entry_log_or_side_file(trixie: Trixie, inside: Inside) -> None:
    bench = trixie.bench
    request = yaml.safe_load((bench.request / "build.yaml").read_text())
    entries = [f"/cache/rootfs/{request['rootfsHash']}", f"/cache/qcow2/{request['diskHash']}"]
    for entry in entries:
        assert "dkms-hello.ko" in bench.run("ls", entry).stdout
    assert "updates/dkms/hello.ko" in inside.text(f"{module_folder(inside)}/modules.dep"), "the disk is unpacked too"
    words = (bench.secrets / "drivers/key").read_text().splitlines()[1:-1]
    assert files_with(bench, ("/output", "/inputs", "/ended", "/scratch", *entries), words) == []
    assert not [word for word in words if word in trixie.log]
    assert not bench.report(trixie.build_hash).contains_secrets


def test_a_registered_repository_stays_with_its_key(trixie: Trixie, inside: Inside) -> None:
    assert inside.text("/usr/share/site-tool/text") == "of the repository"
    kept = inside.text("/etc/apt/sources.list.d/addon.sources").splitlines()
    assert kept[0] == "Types: deb"
    assert kept[1].endswith("/addon")
    assert kept[2:] == ["Suites: /", "Signed-By: /etc/apt/keyrings/addon.asc"]
    assert inside.text("/etc/apt/keyrings/addon.asc") == trixie.key.public
    backports = inside.text("/etc/apt/sources.list.d/backports.sources")
    assert "Types: deb deb-src\n" in backports
    (signed_by,) = [line for line in backports.splitlines() if line.startswith("Signed-By: ")]
    for key in signed_by.split()[1:]:
        assert inside.stat(key).startswith("regular 0644")
    contrib = inside.text("/etc/apt/sources.list.d/contrib.sources")
    assert "Components: contrib\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n" in contrib
    assert "127.0.0.1" not in inside.text("/etc/apt/sources.list")


def test_packages_come_by_the_mirror_of_the_settings_with_the_archive_s_own_signature(trixie: Trixie) -> None:
    asked = trixie.mirror.asked
    assert [path for path in asked if re.fullmatch(r"/debian/pool/main/k/kmod/kmod_[^/]+_amd64\.deb", path)]
    lock = {(each.suite, each.source) for each in trixie.bench.report(trixie.build_hash).lock}
    for source in machine_sources("trixie"):
        folder = "debian-security" if source.suite.endswith("-security") else "debian"
        assert f"/{folder}/dists/{source.suite}/InRelease" in asked
        assert (source.suite, f"{trixie.mirror.url}/{folder}") in lock


def test_of_the_mirror_nothing_stays_in_the_image_which_keeps_the_archive_s_addresses(
    trixie: Trixie, inside: Inside
) -> None:
    own = machine_sources("trixie")
    assert inside.text("/etc/apt/sources.list").splitlines() == [source.line() for source in own]
    assert f"URIs: {own[0].uri}\n" in inside.text("/etc/apt/sources.list.d/contrib.sources")
    assert places(inside, trixie.mirror.url.removeprefix("http://")) == set()


def test_of_the_preferences_those_of_the_profile_alone_stay(inside: Inside) -> None:
    assert inside.text("/etc/apt/preferences.d/unapproved") == "Package: snapd\nPin: release *\nPin-Priority: -1\n\n"
    assert "airship" not in inside.debugfs("ls -p /etc/apt/preferences.d")


def test_a_driver_that_does_not_compile_is_refused_with_the_compiler_s_words(
    trixie: Trixie, site: tuple[Path, str, Key]
) -> None:
    """In the root filesystem that the first build has left, which saves installing it again."""
    folder, url, _ = site
    bench = trixie.bench
    broken = a_driver(folder, url, **{"hello.c": SOURCE.replace("return 0;", "return nothing;")})
    shutil.copy(folder / broken["url"].rpartition("/")[2], bench.cache / "downloads" / broken["sha256"])
    write_request(bench.request, packages=PACKAGES, distribution=("debian", "trixie"), software={"dkms": [broken]})
    done = bench.run("python3", "-c", COMPILE)
    assert done.returncode == 2, done.stderr[-3000:]
    assert "drivers.dkms[hello]" in done.stdout
    assert re.search("hello.c.*error: .nothing. undeclared", done.stdout)


@pytest.fixture(scope="module")
def noble(site: tuple[Path, str, Key], debian_packages: list[Path]) -> dict[str, Any]:
    """The repository of a noble with Debian's packages, and others under Ubuntu's names."""
    folder, _, key = site
    archive = Repository(folder / "archive", key, origin="Ubuntu", suite="noble")
    archive.adopt(debian_packages)
    archive.add("linux-image-generic", fields={"Depends": "linux-image-cloud-amd64"})
    archive.add("netplan.io")
    archive.add("site-agent", postinst="echo the agent finds no server >&2; exit 7")
    for version in ("1.34.1-1.1", "1.34.2-1.1", "1.35.0-1.1"):
        archive.add("kubelet", version)
    archive.publish()
    return a_repository("archive", site, suite="noble", components="main")


@pytest.fixture(scope="module")
def debian_packages(trixie: Trixie) -> list[Path]:
    notes = json.loads((trixie.bench.scratch / "notes.json").read_text())
    return [trixie.bench.cache / "debs" / name for name in notes["debs"] if not name.startswith("site-tool")]


def test_an_image_in_ubuntu_s_shape_comes_from_its_archive_alone(bench: Workbench, noble: dict[str, Any]) -> None:
    packages = ["systemd-sysv", "udev", "kubelet", "netplan.io"]
    software = {"distribution": "ubuntu", "packages": packages, "repos": [noble], "k8s_version": "1.34.2"}
    wanted = prepared(a_profile(software=software, networking={"netplan": [NETPLAN]}), verify={"boot": False})
    for name, text in wanted.files.items():
        (bench.request / name).write_text(text)
    done = bench.build("fetch", "rootfs", "commit", "disk", "configure", "publish")
    assert done.returncode == 0, done.stderr[-3000:]
    inside = open_image(bench, bench.image(wanted.identities.build_hash))
    status = inside.text("/var/lib/dpkg/status")
    assert "Package: linux-image-generic\n" in status
    assert re.search(r"(?ms)^Package: kubelet\n[^\n]*installed.*?^Version: 1\.34\.2-1\.1$", status)
    (kernel,) = re.findall(r"initrd\.img-(\S+?)/", inside.debugfs("ls -p /boot"))
    assert f"linux /boot/vmlinuz-{kernel} " in inside.text("/boot/grub/grub.cfg")
    assert inside.text("/etc/netplan/10-uplink.yaml") == NETPLAN["file_content"]
    assert inside.stat("/etc/netplan/10-uplink.yaml") == "regular 0600 0 0"
    assert inside.text("/etc/apt/sources.list") == ""
    kept = inside.text("/etc/apt/sources.list.d/archive.sources")
    assert "Suites: noble\nComponents: main\nSigned-By: /etc/apt/keyrings/archive.asc\n" in kept
    (lock,) = bench.report(wanted.identities.build_hash).lock
    assert lock.suite == "noble"


def test_a_package_whose_script_fails_is_named_with_its_words(bench: Workbench, noble: dict[str, Any]) -> None:
    write_request(bench.request, packages=["site-agent"], distribution=("ubuntu", "noble"), software={"repos": [noble]})
    done = bench.build("fetch", "rootfs")
    assert done.returncode == 2, done.stderr[-3000:]
    assert (bench.ended["phase"], bench.ended["reason"]) == ("rootfs", "PackagesFailed")
    said = "software.packages: found site-agent, whose script failed (the agent finds no server; returned error"
    assert bench.ended["message"].startswith(said)
