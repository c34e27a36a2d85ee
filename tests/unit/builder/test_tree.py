"""Paths lead where they lead in the booted image, and never out of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airship_builder.base import DIRECTORY, FILE, LINK
from airship_builder.tree import Change, Tree
from airship_images.api.errors import InputError

BASE = {
    "/bin": LINK + "usr/bin",
    "/usr": DIRECTORY,
    "/usr/bin": DIRECTORY,
    "/usr/bin/sh": FILE,
    "/var": DIRECTORY,
    "/var/run": LINK + "/run",
    "/run": DIRECTORY,
    "/etc": DIRECTORY,
    "/etc/resolv.conf": LINK + "../run/resolve/stub",
    "/etc/hosts": FILE,
    "/out": LINK + "../../../../etc",
    "/a": LINK + "/b",
    "/b": LINK + "/a",
}
FILE_CHANGE = Change("file", 0o644, content=b"x")


@pytest.mark.parametrize(
    ("path", "real"),
    [
        ("/bin/tool", "/usr/bin/tool"),
        ("/var/run/../lock/x", "/lock/x"),
        ("/out/passwd", "/etc/passwd"),
        ("/../../etc/x", "/etc/x"),
        ("//etc/./x/", "/etc/x"),
    ],
)
def test_links_and_dots_are_followed_inside_the_image(path: str, real: str) -> None:
    assert Tree(BASE).resolve(path, follow_last=False) == real


def test_a_file_replaces_the_link_at_its_path_and_leaves_what_it_pointed_to() -> None:
    tree = Tree(BASE)
    tree.put("/etc/resolv.conf", FILE_CHANGE)
    assert set(tree.changes) == {"/etc/resolv.conf"}


def test_the_directories_above_a_file_are_made() -> None:
    tree = Tree(BASE)
    tree.put("/opt/a/b", FILE_CHANGE)
    assert [(path, change.kind) for path, change in sorted(tree.changes.items())] == [
        ("/opt", "directory"),
        ("/opt/a", "directory"),
        ("/opt/a/b", "file"),
    ]


@pytest.mark.parametrize("path", ["/usr/bin", "/etc/hosts/x", "/a/x", "relative", "/etc/a\nb", "/" + "x" * 256])
def test_a_path_that_cannot_hold_a_file_is_refused(path: str) -> None:
    with pytest.raises(InputError):
        Tree(BASE).put(path, FILE_CHANGE)


def test_permissions_need_something_to_be_there_and_keep_what_they_do_not_name() -> None:
    tree = Tree(BASE)
    tree.put("/opt/x", FILE_CHANGE)
    tree.set_attributes("/opt/x", 0o600, None, "adm")
    assert (tree.changes["/opt/x"].mode, tree.changes["/opt/x"].owner, tree.changes["/opt/x"].group) == (
        0o600,
        "root",
        "adm",
    )
    with pytest.raises(InputError, match="nothing there"):
        tree.set_attributes("/nowhere", 0o600, None, None)


@given(st.lists(st.sampled_from(["..", ".", "", "bin", "out", "etc", "var", "run", "new"]), min_size=1, max_size=12))
def test_no_path_leaves_the_image_or_keeps_a_dot(parts: list[str]) -> None:
    real = Tree(BASE).resolve("/" + "/".join(parts), follow_last=True)
    assert real == "" or real.startswith("/")
    assert not {"..", ".", ""} & set(real.split("/")[1:])
