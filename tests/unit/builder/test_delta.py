"""What is different in a folder after programs have run in it."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from airship_builder.changes import Changes
from airship_builder.delta import difference, look
from airship_images.api.errors import InputError

EPOCH = 1_700_000_000


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small root filesystem."""
    root = tmp_path / "tree"
    for folder in ("etc", "usr/bin", "opt/old", "run", "tmp", "dev"):
        (root / folder).mkdir(parents=True)
    (root / "etc/hosts").write_text("localhost")
    (root / "etc/link").symlink_to("/etc/hosts")
    (root / "usr/bin/tool").write_text("tool")
    (root / "opt/old/file").write_text("old")
    return root


def changes(tree: Path, work: Callable[[], object]) -> Changes:
    before = look(tree)
    work()
    return difference(before, tree, EPOCH)


def kinds(found: Changes) -> dict[str, str]:
    return {path: owned.change.kind for path, owned in found.written.items()}


def test_nothing_done_is_nothing_different(tree: Path) -> None:
    found = changes(tree, lambda: None)
    assert (found.written, found.removed) == ({}, [])


def test_what_is_new_is_written_with_its_folders_first(tree: Path) -> None:
    def work() -> None:
        (tree / "srv/a").mkdir(parents=True)
        (tree / "srv/a/file").write_text("x")
        (tree / "srv-link").symlink_to("srv/a")

    found = changes(tree, work)
    assert kinds(found) == {"/srv": "directory", "/srv-link": "link", "/srv/a": "directory", "/srv/a/file": "file"}
    assert found.written["/srv/a/file"].change.content == tree / "srv/a/file"
    assert found.written["/srv-link"].change.target == "srv/a"


def test_a_changed_content_is_seen_though_its_size_and_time_are_the_same(tree: Path) -> None:
    file = tree / "etc/hosts"
    before = file.stat()

    def work() -> None:
        with file.open("r+") as stream:
            stream.write("LOCALHOST")
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert kinds(changes(tree, work)) == {"/etc/hosts": "file"}


def test_a_folder_is_different_by_its_mode_and_not_by_what_is_put_into_it(tree: Path) -> None:
    def work() -> None:
        (tree / "usr/bin/more").write_text("")
        (tree / "opt").chmod(0o700)

    found = changes(tree, work)
    assert kinds(found) == {"/opt": "directory", "/usr/bin/more": "file"}
    assert found.written["/opt"].change.mode == 0o700


def test_what_is_gone_is_removed_before_the_folder_that_it_was_in(tree: Path) -> None:
    def work() -> None:
        (tree / "opt/old/file").unlink()
        (tree / "opt/old").rmdir()
        (tree / "etc/link").unlink()

    assert changes(tree, work).removed == ["/opt/old/file", "/opt/old", "/etc/link"]


def test_a_folder_that_became_a_file_makes_way_with_all_that_was_in_it(tree: Path) -> None:
    def work() -> None:
        (tree / "opt/old/file").unlink()
        (tree / "opt/old").rmdir()
        (tree / "opt/old").write_text("a file now")

    found = changes(tree, work)
    assert (found.removed, kinds(found)) == (["/opt/old/file", "/opt/old"], {"/opt/old": "file"})


def test_further_names_of_a_file_are_hard_links_of_its_first(tree: Path) -> None:
    found = changes(tree, lambda: os.link(tree / "usr/bin/tool", tree / "usr/bin/another"))
    assert kinds(found) == {"/usr/bin/another": "file", "/usr/bin/tool": "hard link"}
    assert found.written["/usr/bin/tool"].change.target == "/usr/bin/another"


def test_what_was_written_while_the_image_was_built_is_of_its_own_time(tree: Path) -> None:
    def work() -> None:
        (tree / "etc/new").write_text("")
        (tree / "etc/old").write_text("")
        os.utime(tree / "etc/old", (1_000_000_000, 1_000_000_000))

    found = changes(tree, work)
    times = {path: owned.change.modified for path, owned in found.written.items()}
    assert times == {"/etc/new": EPOCH, "/etc/old": 1_000_000_000}


def test_what_belongs_to_a_running_system_gets_into_no_image(tree: Path) -> None:
    def work() -> None:
        for folder in ("run", "tmp", "dev"):
            (tree / folder / "left").write_text("")

    assert changes(tree, work).written == {}


def test_a_socket_is_left_out_because_nobody_listens_any_more(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def work() -> None:
        monkeypatch.chdir(tree / "opt")  # its whole path may be too long for a socket
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind("socket")

    assert changes(tree, work).written == {}


@pytest.mark.parametrize(("name", "words"), [("pipe", "a named pipe"), ("a\nb", "a control character")])
def test_what_no_image_can_hold_is_refused_with_its_path(tree: Path, name: str, words: str) -> None:
    def work() -> None:
        if name == "pipe":
            os.mkfifo(tree / "opt" / name)
        else:
            (tree / "opt" / name).write_text("")

    with pytest.raises(InputError, match=words) as refused:
        changes(tree, work)
    assert refused.value.reason == "ScriptFailed"
    assert "/opt/" in str(refused.value)
