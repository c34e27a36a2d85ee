"""Changes are made inside an unpacked root filesystem, whatever its links say."""

import os
from pathlib import Path

import pytest

from airship_builder.changes import Changes
from airship_builder.overlay import Owned
from airship_builder.tree import Change
from airship_builder.unpacked import parent, place

ME = (os.getuid(), os.getgid())


def owned(change: Change) -> Owned:
    return Owned(change, *ME)


def test_changes_are_made_with_their_modes(tmp_path: Path) -> None:
    (tmp_path / "gone").write_text("")
    (tmp_path / "old").write_text("old")
    written = {
        "/new": owned(Change("directory", 0o750)),
        "/new/file": owned(Change("file", 0o4711, content=b"x")),
        "/new/link": owned(Change("link", target="/etc/passwd")),
        "/old": owned(Change("file", content=b"new")),
    }
    place(Changes(written, ["/gone"]), tmp_path)
    assert not (tmp_path / "gone").exists()
    assert (tmp_path / "new").stat().st_mode & 0o7777 == 0o750
    assert (tmp_path / "new/file").stat().st_mode & 0o7777 == 0o4711
    assert str((tmp_path / "new/link").readlink()) == "/etc/passwd"
    assert ((tmp_path / "old").read_text(), (tmp_path / "old").stat().st_mode & 0o7777) == ("new", 0o644)


def test_attributes_alone_keep_the_content(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept")
    place(Changes({"/file": Owned(Change("attributes", 0o600), None, None)}, []), tmp_path)
    assert ((tmp_path / "file").read_text(), (tmp_path / "file").stat().st_mode & 0o777) == ("kept", 0o600)


@pytest.mark.parametrize("target", ["/", "../outside", "/nonexistent"])
def test_no_link_on_the_way_is_followed(tmp_path: Path, target: str) -> None:
    tree, outside = tmp_path / "tree", tmp_path / "outside"
    tree.mkdir()
    outside.mkdir()
    (tree / "out").symlink_to(target)
    with pytest.raises(OSError), parent(tree, "/out/file"):
        pass
    with pytest.raises(OSError):
        place(Changes({"/out/file": owned(Change("file", content=b"x"))}, []), tree)
    assert list(outside.iterdir()) == []


def test_a_link_at_the_end_is_replaced_and_not_written_through(tmp_path: Path) -> None:
    tree, outside = tmp_path / "tree", tmp_path / "outside"
    tree.mkdir()
    outside.write_text("untouched")
    (tree / "file").symlink_to(outside)
    place(Changes({"/file": owned(Change("file", content=b"inside"))}, []), tree)
    assert ((tree / "file").read_text(), (tree / "file").is_symlink()) == ("inside", False)
    assert outside.read_text() == "untouched"
