"""The places of a repository as apt writes them: in its lists of versions, and in the names of its files."""

from pathlib import Path

import pytest

from airship_builder.apt import Apt, Offer
from airship_builder.release import Release
from airship_builder.sources import Source

URL = "https://packages.example/core:/v1"
SUITE = Source(f"{URL}/", "noble", ("main", "universe"))
FOLDER = Source(URL, "deb_files/", ())
WHOLE = Source(URL, "/", ())


@pytest.mark.parametrize(
    ("place", "source"),
    [
        (f"{URL} noble/universe amd64 Packages", SUITE),
        (f"{URL} deb_files/ Packages", FOLDER),
        (f"{URL}  Packages", WHOLE),
    ],
    ids=["suite", "folder", "whole"],
)
def test_a_version_is_of_one_repository_of_an_address(place: str, source: Source) -> None:
    offer = Offer("tool", "1", place)
    assert [one for one in (SUITE, FOLDER, WHOLE) if offer.of(one)] == [source]
    assert not offer.of(Source("https://packages.example/core:", source.suite, source.components))


@pytest.mark.parametrize(
    ("source", "name"),
    [
        (SUITE, "packages.example_core:_v1_dists_noble_Release"),
        (FOLDER, "packages.example_core:_v1_deb%5ffiles_Release"),
        (WHOLE, "packages.example_core:_v1_Release"),
    ],
    ids=["suite", "folder", "whole"],
)
def test_the_signed_file_of_a_repository_is_found_among_apt_s_lists(tmp_path: Path, source: Source, name: str) -> None:
    apt = Apt(tmp_path, tmp_path, (source,), "amd64")
    apt.lists.mkdir()
    (apt.lists / name).write_text("Origin: Example\nDate: Thu, 26 Nov 2026 04:20:00 UTC\n")
    release = Release.of(source, apt)
    assert release.field("Origin") == "Example"
    assert release.date() == 1795666800
    (apt.lists / name.replace("Release", "InRelease")).write_text("Origin: Signed\n")
    assert Release.of(source, apt).field("Origin") == "Signed"
