"""What makes a root filesystem quick changes nothing in it: plain mmdebstrap gives the same files."""

import hashlib
import json
import os
import re
import stat
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from tests.builder.repository import Key, Repository, served
from tests.builder.request_files import write_request
from tests.builder.workbench import Workbench

pytestmark = pytest.mark.timeout(900)

PACKAGES = ["linux-image-cloud-amd64", "systemd-sysv", "python3-yaml", "ca-certificates"]
AFTER = (  # what the phase does to every tree when mmdebstrap is done
    "/boot/initrd.img-*", "/etc/apt/sources.list*", "/etc/apt/keyrings*", "/etc/hostname", "/etc/resolv.conf",
    "/etc/apt/apt.conf.d/99mmdebstrap", "/etc/dpkg/dpkg.cfg.d/99mmdebstrap", "/var/lib/apt/lists/*",
    "/var/lib/dpkg/*-old", "/var/cache/debconf/*-old", "/var/cache/ldconfig/aux-cache",
    "/var/cache/apt/*", "/var/log/bootstrap.log",
)  # fmt: skip
DIVERTS = """
set -e
dpkg-divert --package site-agent --divert /usr/bin/ischroot.distrib --rename --add /usr/bin/ischroot
ln -s ischroot.distrib /usr/bin/ischroot
if command -v py3compile >/dev/null; then py3compile -p site-agent; fi
update-ca-certificates
cp /etc/ssl/certs/ca-certificates.crt /etc/site-agent.crt
"""
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nof the site\n-----END CERTIFICATE-----\n"
MODULES = "/usr/lib/python3/dist-packages"


@pytest.fixture(scope="module")
def declared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """A repository of packages that do what the stand-ins could spoil."""
    place = tmp_path_factory.mktemp("site")
    key = Key.make(place / "key")
    repository = Repository(place / "www/site", key, suite="/")
    site = {f"{MODULES}/site_agent.py": "answer = 42\n", "/usr/local/share/ca-certificates/site.crt": CERTIFICATE}
    needs = {"Depends": "python3-minimal, ca-certificates, debianutils"}
    repository.add("site-agent", fields=needs, files=site, postinst=DIVERTS)
    for name, after, needed in (("tolerant", " || true", "python3-minimal"), ("strict", "", "tolerant")):
        repository.add(
            name,
            fields={"Depends": needed},
            files={f"{MODULES}/{name}.py": "answer = \n"},
            postinst=f"set -e\npy3compile -p {name}{after}",
        )
    repository.publish()
    (place / "www/key.asc").write_text(key.public)
    digest = hashlib.sha256(key.public.encode()).hexdigest()
    with served(place / "www") as url:
        yield {
            "name": "site",
            "source": f"{url}/site",
            "suite": "/",
            "keyring_url": f"{url}/key.asc",
            "keyring_sha256": digest,
        }


@pytest.fixture(scope="module")
def made(benches: Callable[[str], Workbench], declared: dict[str, Any]) -> Workbench:
    """A root filesystem of the phase."""
    bench = benches("made")
    write_request(bench.request, packages=[*PACKAGES, "site-agent"], software={"repos": [declared]})
    done = bench.build("fetch", "rootfs")
    assert done.returncode == 0, done.stderr[-3000:]
    assert "installing once more" not in done.stderr
    return bench


def test_the_tree_is_that_of_plain_mmdebstrap(made: Workbench) -> None:
    notes = json.loads((made.scratch / "notes.json").read_text())
    done = made.run(
        *("env", "INITRD=No", f"SOURCE_DATE_EPOCH={notes['epoch']}", "mmdebstrap", "--mode=root", "--variant=required"),
        *("--format=directory", "--skip=cleanup/apt,chroot/mount,output/dev", f"--include={','.join(notes['wanted'])}"),
        *("bookworm", "/scratch/plain", "deb [trusted=yes] copy:/scratch/rootfs/chosen ./"),
    )
    assert done.returncode == 0, done.stderr[-3000:]
    ours, plain = (files(made.scratch / name, notes["epoch"]) for name in ("rootfs/tree", "plain"))
    assert len(ours) > 5000
    assert {path: (ours.get(path), plain.get(path)) for path in ours | plain if ours.get(path) != plain.get(path)} == {}


def test_what_a_package_does_itself_is_unharmed(made: Workbench) -> None:
    tree = made.scratch / "rootfs/tree"
    assert (tree / "usr/bin/ischroot").readlink() == Path("ischroot.distrib")
    assert (tree / "usr/bin/ischroot.distrib").read_bytes().startswith(b"\x7fELF")
    assert list((tree / f".{MODULES}/__pycache__").glob("site_agent.*.pyc"))
    assert CERTIFICATE in (tree / "etc/site-agent.crt").read_text()


def test_of_the_stand_ins_nothing_stays(made: Workbench) -> None:
    tree = made.scratch / "rootfs/tree"
    assert not (tree / "run/standins").exists()
    named = made.run(
        "grep", "-rlIF", "run/standins", *(f"/scratch/rootfs/tree/{folder}" for folder in ("etc", "usr", "var"))
    )
    assert named.stdout == ""


def test_a_package_s_own_script_decides_what_modules_that_do_not_compile_mean(
    bench: Workbench, declared: dict[str, Any]
) -> None:
    write_request(bench.request, packages=["strict"], software={"repos": [declared]})
    done = bench.build("fetch", "rootfs")
    assert done.returncode == 2, done.stderr[-3000:]
    assert "installing once more without stand-ins" in done.stderr
    said = "software.packages: found strict, whose script failed .*SyntaxError.*returned error exit status 1"
    assert re.match(said, bench.ended["message"])


def files(tree: Path, epoch: int) -> dict[str, tuple[object, ...]]:
    """What each path of `tree` is: type, mode, owners, links, time and content; but for what the phase changes."""
    found = {}
    for folder, folders, names in os.walk(tree):
        for name in (*folders, *names):
            path = Path(folder, name)
            inside = f"/{path.relative_to(tree)}"
            if not any(fnmatch(inside, pattern) for pattern in AFTER):
                found[inside] = _kind(path, epoch)
    return found


def _kind(path: Path, epoch: int) -> tuple[object, ...]:
    about = path.lstat()
    known = (oct(about.st_mode), about.st_uid, about.st_gid, min(int(about.st_mtime), epoch))
    if stat.S_ISLNK(about.st_mode):
        return (*known[:3], str(path.readlink()))
    if stat.S_ISREG(about.st_mode):
        return (*known, about.st_nlink, hashlib.sha256(path.read_bytes()).hexdigest())
    return known[:3] if stat.S_ISDIR(about.st_mode) else known
