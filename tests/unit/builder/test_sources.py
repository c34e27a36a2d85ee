"""The repositories of a machine, and what they are called for another suite."""

from pathlib import Path

import pytest

from airship_builder.sources import Source, machine_sources, mirrored
from airship_images.api.errors import OutsideError

DEB822 = """\
# a comment
Types: deb
URIs: http://mirror.test/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.test/debian-security
Suites: bookworm-security
Components: main
"""


def a_machine(root: Path, **files: str) -> Path:
    apt = root / "etc/apt/sources.list.d"
    apt.mkdir(parents=True)
    (root / "etc/os-release").write_text('NAME="Debian"\nVERSION_CODENAME=bookworm\n')
    for name, text in files.items():
        (apt / name.replace("_", ".")).write_text(text)
    return root


def test_its_own_suite_is_replaced_with_updates_and_security(tmp_path: Path) -> None:
    found = machine_sources("trixie", a_machine(tmp_path, debian_sources=DEB822))
    assert found == (
        Source("http://mirror.test/debian", "trixie", ("main",)),
        Source("http://mirror.test/debian", "trixie-updates", ("main",)),
        Source("http://mirror.test/debian-security", "trixie-security", ("main",)),
    )


def test_repositories_of_others_are_left_out(tmp_path: Path) -> None:
    other = "deb [arch=amd64] https://other.test/apt tool-bookworm main\ndeb http://mirror.test/debian bookworm main\n"
    found = machine_sources("bookworm", a_machine(tmp_path, other_list=other))
    assert found == (Source("http://mirror.test/debian", "bookworm", ("main",)),)


def test_a_disabled_repository_is_left_out(tmp_path: Path) -> None:
    disabled = DEB822.replace(
        "Types: deb\nURIs: http://mirror.test/debian-s", "Enabled: no\nTypes: deb\nURIs: http://mirror.test/debian-s"
    )
    found = machine_sources("bookworm", a_machine(tmp_path, debian_sources=disabled))
    assert {source.suite for source in found} == {"bookworm", "bookworm-updates"}


def test_a_machine_without_its_suite_gets_an_error_with_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(OutsideError, match=r"sources\.list\.d"):
        machine_sources("bookworm", a_machine(tmp_path))


def test_a_mirror_replaces_the_addresses_and_security_is_beside_it() -> None:
    sources = (
        Source("http://a.test/debian", "x", ("main",)),
        Source("http://a.test/debian-security", "x-security", ("main",)),
    )
    assert [source.uri for source in mirrored(sources, "http://m.test/debian/")] == [
        "http://m.test/debian",
        "http://m.test/debian-security",
    ]
