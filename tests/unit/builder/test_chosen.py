"""The package manager of the image sees the packages that were chosen, and no other."""

import hashlib
from pathlib import Path

from debian.deb822 import Packages, Release

from airship_builder.chosen import lay_out, source

INDEX = """\
Package: tool
Version: 1:2.0
Architecture: amd64
Essential: yes
Filename: pool/main/t/tool/tool_2.0_amd64.deb
Size: 1234
MD5sum: 0123
SHA256: {wanted}

Package: tool
Version: 1:2.0
Architecture: amd64
Filename: another/tool_2.0_amd64.deb
Size: 4321
SHA256: {other}
"""
WANTED, OTHER, OWN = (character * 64 for character in "abc")


def laid_out(tmp_path: Path) -> Path:
    file = tmp_path / f"{WANTED}.{OWN}.deb"
    file.write_bytes(b"repacked")
    index = INDEX.format(wanted=WANTED, other=OTHER)
    name = "tool_1%3a2.0_amd64.deb"
    lay_out(tmp_path, "bookworm", index, {name: WANTED}, {name: file})
    return tmp_path / "rootfs/chosen"


def test_a_package_has_its_entry_with_the_size_and_digest_of_its_new_form(tmp_path: Path) -> None:
    folder = laid_out(tmp_path)
    (entry,) = Packages.iter_paragraphs((folder / "Packages").read_text(), use_apt_pkg=False)
    assert (entry["Package"], entry["Version"], entry["Essential"]) == ("tool", "1:2.0", "yes")
    assert (entry["Size"], entry["SHA256"]) == ("8", OWN)
    assert "MD5sum" not in entry
    assert (folder / entry["Filename"]).read_bytes() == b"repacked"


def test_the_release_names_the_suite_and_the_digest_of_the_index(tmp_path: Path) -> None:
    folder = laid_out(tmp_path)
    release = Release((folder / "Release").read_text())
    index = (folder / "Packages").read_bytes()
    assert (release["Suite"], release["Codename"]) == ("bookworm", "bookworm")
    assert release["SHA256"] == [
        {"sha256": hashlib.sha256(index).hexdigest(), "size": str(len(index)), "name": "Packages"}
    ]


def test_what_a_killed_run_laid_out_is_in_nobody_s_way(tmp_path: Path) -> None:
    laid_out(tmp_path)
    laid_out(tmp_path)
    assert source(tmp_path).endswith(f" copy:{tmp_path}/rootfs/chosen ./")
