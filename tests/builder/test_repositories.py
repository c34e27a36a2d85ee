"""Declared repositories: which packages come from them, by whose key, and what is said when that cannot be.

The archive is a small one of the test's own, in the shape of Ubuntu's, so that only `fetch` runs, and quickly.
"""

import base64
import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from airship_builder.digest import file_digest
from hack.cluster.certificates import Certificates
from tests.builder.repository import Key, Repository, served
from tests.builder.request_files import write_request
from tests.builder.workbench import Workbench

pytestmark = pytest.mark.timeout(300)

MIB = 1 << 20
HASTE = 'Acquire::Retries "0";\nAcquire::http::Timeout "{stall}";\n'


@dataclass
class Site:
    """Two repositories on one server: the archive, and one of an add-on that has no suites."""

    url: str
    folder: Path
    key: Key
    other_key: Key
    archive: Repository
    addon: Repository

    def declared(self, name: str, **others: Any) -> dict[str, Any]:
        key = (self.folder / f"{name}.asc").read_bytes()
        place = {"archive": {"suite": "noble", "components": "main"}, "addon": {"suite": "/"}}[name]
        return {
            "name": name,
            "source": f"{self.url}/{name}",
            "keyring_url": f"{self.url}/{name}.asc",
            "keyring_sha256": hashlib.sha256(key).hexdigest(),
            **place,
            **others,
        }


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Site:
    place = tmp_path_factory.mktemp("site")
    folder = place / "www"
    keys = [Key.make(place / name) for name in ("archive-key", "addon-key")]
    archive = Repository(folder / "archive", keys[0], origin="Ubuntu", suite="noble")
    addon = Repository(folder / "addon", keys[1], origin="Addon", suite="/")
    for name in ("base-files", "apt"):
        archive.add(name, fields={"Essential": "yes", "Priority": "required"})
    archive.add("tool", "2")
    archive.add("library", "1")
    archive.add("needs-library", fields={"Depends": "deep-library"})
    archive.add("deep-library", fields={"Depends": "library (>= 1)"})
    archive.add("one", fields={"Conflicts": "two"})
    archive.add("two")
    archive.add("kubelet", "1.33.0-1.1")
    archive.add("large", files={"/usr/share/large": base64.b64encode(os.urandom(3 * MIB)).decode()})
    addon.add("tool", "1", fields={"Depends": "helper, library"})
    addon.add("library", "9")
    addon.add("helper", "1")
    for version in ("1.34.1-1.1", "1.34.2-1.1", "1.34.20-1.1"):
        addon.add("kubelet", version, fields={"Depends": "kubectl"})
        addon.add("kubectl", version)
    for repository, name in ((archive, "archive"), (addon, "addon")):
        repository.publish()
        (folder / f"{name}.asc").write_text(repository.key.public)
    return Site("", folder, keys[0], keys[1], archive, addon)


@pytest.fixture
def site(original: Site) -> Iterator[Site]:
    with served(original.folder) as url:
        yield replace(original, url=url)


@pytest.fixture
def bench(tools: Path, tmp_path: Path) -> Workbench:
    return Workbench(tools, tmp_path, cache=tmp_path / "cache")


def fetch(
    bench: Workbench,
    *packages: str,
    repos: list[dict[str, Any]],
    within: tuple[str, ...] = (),
    proxy: str = "",
    stall: int = 30,
    **software: Any,
) -> subprocess.CompletedProcess[str]:
    """Run `fetch`; `within` is a command that runs it, `proxy` is told to it as a Job is told of it.

    A server that is silent for `stall` seconds is given up.
    """
    wanted = [*packages, *(name for repository in repos for name in repository.get("packages", []))]
    write_request(
        bench.request, packages=wanted, distribution=("ubuntu", "noble"), software={"repos": repos, **software}
    )
    (bench.request / "apt.conf").write_text(HASTE.format(stall=stall))
    authorities = [f"SSL_CERT_FILE=/inputs/{path.name}" for path in bench.request.glob("*.crt")]
    argv = ("python3", "-m", "airship_builder", "fetch", "--request", "/inputs/rootfs.yaml")
    proxies = [f"{name}={proxy}" for name in ("HTTP_PROXY", "http_proxy") if proxy]
    whole = ("env", *authorities, *proxies, "APT_CONFIG=/inputs/apt.conf", *argv, "--termination-log", "/ended/log")
    command = [*within, *bench.command(*whole)]
    return subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=120, check=False)


def notes(bench: Workbench) -> dict[str, Any]:
    return dict(json.loads((bench.scratch / "notes.json").read_text()))


def fetched(bench: Workbench, *packages: str, repos: list[dict[str, Any]], **software: Any) -> set[str]:
    done = fetch(bench, *packages, repos=repos, **software)
    assert done.returncode == 0, done.stderr[-3000:]
    debs = {str(name).removesuffix("_amd64.deb") for name in notes(bench)["debs"]}
    assert all((bench.cache / "debs" / f"{name}_amd64.deb").exists() for name in debs)
    return debs - {"base-files_1", "apt_1"}


def refused(
    bench: Workbench, *packages: str, repos: list[dict[str, Any]], code: int = 2, **software: Any
) -> tuple[str, str]:
    done = fetch(bench, *packages, repos=repos, **software)
    assert done.returncode == code, done.stderr[-3000:]
    assert bench.ended["phase"] == "fetch"
    assert bench.ended["retryable"] is (code == 3)
    return bench.ended["reason"], bench.ended["message"]


def test_a_package_of_a_repository_comes_from_it_and_the_rest_from_the_archive(site: Site, bench: Workbench) -> None:
    repos = [site.declared("archive"), site.declared("addon", packages=["tool"])]
    assert fetched(bench, repos=repos) == {"tool_1", "helper_1", "library_1"}
    signed = {"archive": "archive/dists/noble/InRelease", "addon": "addon/InRelease"}
    assert {lock["source"]: lock["releaseSha256"] for lock in notes(bench)["lock"]} == {
        f"{site.url}/{name}": file_digest(site.folder / release) for name, release in signed.items()
    }


def test_what_the_archive_has_comes_from_it_though_a_repository_has_a_newer_one(site: Site, bench: Workbench) -> None:
    assert fetched(bench, "tool", "library", repos=[site.declared("archive"), site.declared("addon")]) == {
        "tool_2",
        "library_1",
    }


@pytest.mark.parametrize("version", ["1.34.2", "v1.34.2"])
def test_kubernetes_packages_have_the_version_of_the_profile(site: Site, bench: Workbench, version: str) -> None:
    repos = [site.declared("archive"), site.declared("addon")]
    assert fetched(bench, "kubelet", repos=repos, k8s_version=version) == {"kubelet_1.34.2-1.1", "kubectl_1.34.2-1.1"}


def test_a_kubernetes_version_that_no_repository_has_is_said_with_those_that_there_are(
    site: Site, bench: Workbench
) -> None:
    _, message = refused(bench, "kubelet", repos=[site.declared("archive")], k8s_version="1.34.2")
    assert "software.k8s_version: found 1.34.2, but the repositories have kubelet 1.33.0-1.1" in message


@pytest.mark.parametrize(
    ("packages", "unapproved", "said"),
    [
        (["no-such-package"], [], "found no-such-package, expected a package of noble"),
        (["tool=7"], [], "found tool, expected a package of noble"),
        (["one", "two"], [], "packages that exclude each other (one : Conflicts: two"),
        (
            ["needs-library"],
            ["libr*"],
            "software.unapproved_packages[libr*]: found library, which other packages depend on",
        ),
    ],
    ids=["unknown", "version", "conflict", "unapproved"],
)
def test_packages_that_cannot_be_are_named(
    site: Site, bench: Workbench, packages: list[str], unapproved: list[str], said: str
) -> None:
    reason, message = refused(bench, *packages, repos=[site.declared("archive")], unapproved_packages=unapproved)
    assert reason == "PackagesFailed"
    assert said in message


def test_a_package_that_its_repository_lacks_is_not_taken_from_another(site: Site, bench: Workbench) -> None:
    repos = [site.declared("archive"), site.declared("addon", packages=["two"])]
    _, message = refused(bench, repos=repos)
    assert "software.repos[addon].packages: found two, expected a package of" in message


def test_a_repository_that_another_key_signs_is_refused_and_not_tried_again(site: Site, bench: Workbench) -> None:
    wrong = site.declared("addon")
    repos = [site.declared("archive"), {**site.declared("addon", packages=["tool"]), "source": wrong["source"]}]
    repos[1] |= {field: site.declared("archive")[field] for field in ("keyring_url", "keyring_sha256")}
    reason, message = refused(bench, repos=repos)
    assert reason == "SignatureInvalid"
    assert "software.repos[addon].keyring_url" in message
    assert "Missing key" in message


def test_a_key_of_other_bytes_is_refused(site: Site, bench: Workbench) -> None:
    reason, message = refused(bench, repos=[site.declared("archive", keyring_sha256="0" * 64)])
    assert reason == "DigestMismatch"
    assert "software.repos[archive].keyring_url" in message


def test_a_suite_that_is_not_there_is_the_profile_s_mistake(site: Site, bench: Workbench) -> None:
    repos = [site.declared("archive"), {**site.declared("addon"), "suite": "nowhere", "components": "main"}]
    reason, message = refused(bench, repos=repos)
    assert reason == "InvalidInput"
    assert "software.repos[addon].source: found no Release file of suite nowhere" in message


def test_a_repository_that_was_changed_after_it_was_signed_is_refused(
    site: Site, bench: Workbench, tmp_path: Path
) -> None:
    release = site.folder / "addon/InRelease"
    original = release.read_text()
    release.write_text(original.replace("Addon", "Other"))
    try:
        reason, message = refused(bench, repos=[site.declared("archive"), site.declared("addon")], code=3)
    finally:
        release.write_text(original)
    assert reason == "SignatureInvalid"
    assert "manipulated" in message


def test_packages_that_the_mirror_has_lost_or_changed_are_not_installed(site: Site, bench: Workbench) -> None:
    package = site.archive.pool / "tool_2_amd64.deb"
    original = package.read_bytes()
    package.write_bytes(original[:-1] + b"x")
    try:
        reason, message = refused(bench, "tool", repos=[site.declared("archive")], code=3)
    finally:
        package.write_bytes(original)
    assert reason == "MirrorFailed"
    assert "tool" in message


@pytest.fixture
def silent() -> Iterator[str]:
    """A server that takes a request and never answers it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address where nothing listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


@pytest.mark.parametrize(
    ("mirror", "stall", "said"),
    [("silent", 1, "Connection failed|timed out"), ("nobody", 30, "Could not connect|Unable to connect")],
)
def test_a_mirror_that_is_down_or_stalls_is_tried_again_later(
    site: Site, bench: Workbench, mirror: str, said: str, *, stall: int, request: pytest.FixtureRequest
) -> None:
    repos = [site.declared("archive", source=request.getfixturevalue(mirror))]
    started = time.monotonic()
    reason, message = refused(bench, repos=repos, code=3, stall=stall)
    assert time.monotonic() - started < 100
    assert reason == "MirrorFailed"
    assert re.search(said, message)


@pytest.mark.parametrize(("size", "packages"), [("2m", ["large"]), ("16k", [])], ids=["packages", "a-key"])
def test_a_cache_without_room_is_told_apart_and_tried_again_later(
    site: Site, bench: Workbench, size: str, packages: list[str]
) -> None:
    script = f'mount -t tmpfs -o size={size} tmpfs "$1" && shift && exec "$@"'
    small = ("unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh", str(bench.cache))
    if not packages:
        (site.folder / "archive.asc").write_text("-" * 64 * 1024)
    try:
        reason, _ = refused(bench, *packages, repos=[site.declared("archive")], code=3, within=small)
    finally:
        (site.folder / "archive.asc").write_text(site.key.public)
    assert reason == "DiskFull"


def test_the_authorities_of_the_ca_bundle_are_trusted_and_no_others(
    original: Site, bench: Workbench, tmp_path: Path
) -> None:
    certificates = Certificates(tmp_path / "pki")
    certificates.ensure("127.0.0.1")
    certificates.server("web", "127.0.0.1")
    with served(original.folder, certificates) as secure, served(original.folder) as plain:
        repos = [replace(original, url=secure).declared("archive", keyring_url=f"{plain}/archive.asc")]
        reason, message = refused(bench, "two", repos=repos, code=3)
        assert reason == "MirrorFailed"
        assert "certificate" in message
        shutil.copy(certificates.ca, bench.request / "ca.crt")
        assert fetched(bench, "two", repos=[replace(original, url=secure).declared("archive")]) == {"two_1"}


def test_lists_keys_and_packages_come_by_the_proxy_of_the_settings(site: Site, bench: Workbench) -> None:
    hidden = replace(site, url="http://archive.invalid")  # which nobody but the proxy knows
    assert fetched(bench, "two", repos=[hidden.declared("archive")], proxy=site.url) == {"two_1"}
    assert [lock["source"] for lock in notes(bench)["lock"]] == ["http://archive.invalid/archive"]
