"""Newer packages: what `resolve` says of them, and which root filesystem they are in afterwards.

The archive is a small one of the test's own, so that nothing but its packages changes.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from airship_builder.cache import Cache
from airship_builder.digest import file_digest
from airship_images.api.nodeprofile import NodeProfile
from airship_images.spec import prepare
from tests.builder.repository import Key, Repository, served
from tests.builder.tiny import lay_out_tree
from tests.builder.workbench import Workbench
from tests.unit.spec.nodes import a_profile, an_image

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    place = tmp_path_factory.mktemp("site")
    made = Repository(place / "www/archive", Key.make(place / "key"), origin="Ubuntu", suite="noble")
    for name in ("base-files", "apt"):
        made.add(name, fields={"Essential": "yes", "Priority": "required"})
    made.add("linux-image-generic")
    made.add("tool", "1")
    made.publish()
    (place / "www/archive.asc").write_text(made.key.public)
    return made


@pytest.fixture
def profile(archive: Repository) -> Iterator[NodeProfile]:
    key = archive.folder.parent / "archive.asc"
    with served(key.parent) as url:
        place = {"name": "archive", "source": f"{url}/archive", "suite": "noble", "components": "main"}
        keys = {"keyring_url": f"{url}/archive.asc", "keyring_sha256": file_digest(key)}
        software = {"distribution": "ubuntu", "suite": "noble", "packages": ["tool"], "repos": [place | keys]}
        yield a_profile(software=software)


@pytest.fixture
def bench(tools: Path, tmp_path: Path) -> Workbench:
    return Workbench(tools, tmp_path, cache=tmp_path / "cache")


def ask(bench: Workbench, profile: NodeProfile, packages: str = "") -> str:
    """Lay out the request of the image's root filesystem, as the operator would; its hash."""
    inputs = prepare(
        an_image(image={"type": "rootfs", "outputFileName": "a.tar.zst"}), {"base": profile}, packages=packages
    )
    for name, text in inputs.rootfs_files.items():
        (bench.request / name).write_text(text)
    return inputs.identities.rootfs_hash


def run(bench: Workbench, *phases: str) -> None:
    argv = ("python3", "-m", "airship_builder", *phases, "--request", "/inputs/rootfs.yaml")
    done = bench.run(*argv, "--termination-log", "/ended/log")
    assert done.returncode == 0, done.stderr[-3000:]


def resolution(bench: Workbench) -> dict[str, Any]:
    run(bench, "resolve")
    return bench.ended


def make(bench: Workbench) -> None:
    """The root filesystem, of a few files instead of what the packages would make of them."""
    run(bench, "fetch")
    notes = (bench.scratch / "notes.json").read_bytes()
    lay_out_tree(bench.scratch)
    (bench.scratch / "notes.json").write_bytes(notes)
    run(bench, "commit")


def facts(bench: Workbench, rootfs_hash: str) -> Any:
    entry = Cache(bench.cache).peek("rootfs", rootfs_hash)
    assert entry is not None
    return entry.facts


def test_only_a_newer_package_gives_another_root_filesystem(
    archive: Repository, profile: NodeProfile, bench: Workbench
) -> None:
    first = ask(bench, profile)
    make(bench)
    known = facts(bench, first)

    archive.publish()  # a new Release file of the same packages
    assert resolution(bench) == {"packages": known["packages"], "packageCount": 4}, "unchanged"

    archive.add("tool", "2")
    archive.publish()
    newer = resolution(bench)["packages"]
    assert newer != known["packages"]
    assert not (bench.cache / "debs/tool_2_amd64.deb").exists(), "looking downloads no package"

    second = ask(bench, profile, packages=newer)
    assert second != first
    make(bench)
    assert facts(bench, second)["packages"] == newer
    assert (bench.cache / "debs/tool_2_amd64.deb").exists()
    assert facts(bench, first) == known, "the published image's root filesystem is as it was"
    assert resolution(bench)["packages"] == newer, "unchanged again"
