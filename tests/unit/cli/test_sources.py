"""Which files does PATH name?"""

import os
from pathlib import Path

import pytest

from airship_images.api.errors import InputError
from airship_images.cli.sources import BYTE_LIMIT, find


def names(path: Path) -> list[str]:
    return [str(Path(source.name).relative_to(path)) for source in find(str(path))]


def test_a_folder_is_every_yaml_file_below_it_in_order(tmp_path: Path) -> None:
    for name in ("b.yml", "a.yaml", "below/c.yaml", "notes.md", ".hidden.yaml", ".git/d.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("{}")
    assert names(tmp_path) == ["a.yaml", "b.yml", "below/c.yaml"]


def test_a_file_is_itself_whatever_its_name_ends_in(tmp_path: Path) -> None:
    (tmp_path / "site.txt").write_text("kind: X")
    (source,) = find(str(tmp_path / "site.txt"))
    assert source.read() == b"kind: X"


def test_a_link_inside_the_folder_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("{}")
    (tmp_path / "b.yaml").symlink_to("a.yaml")
    assert names(tmp_path) == ["a.yaml"]


def test_links_to_hidden_files_are_read_as_configmap_mounts_have_them(tmp_path: Path) -> None:
    (tmp_path / "..2026").mkdir()
    (tmp_path / "..2026" / "a.yaml").write_text("{}")
    (tmp_path / "a.yaml").symlink_to("..2026/a.yaml")
    assert names(tmp_path) == ["a.yaml"]


@pytest.mark.parametrize("target", ["../outside.yaml", "../outside"])
def test_a_link_that_leaves_the_folder_is_refused(tmp_path: Path, target: str) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside.yaml").write_text("{}")
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "link.yaml").symlink_to(target)
    (source,) = find(str(tmp_path / "site"))
    with pytest.raises(InputError, match=r"link\.yaml: found a link to .*outside.*, expected a file inside"):
        source.read()


def test_a_pipe_in_a_folder_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    (source,) = find(str(tmp_path))
    with pytest.raises(InputError, match="no regular file"):
        source.read()


def test_a_file_over_the_limit_is_refused(tmp_path: Path) -> None:
    (tmp_path / "large.yaml").write_bytes(b"#" * (BYTE_LIMIT + 1))
    (source,) = find(str(tmp_path))
    with pytest.raises(InputError, match="more than 8 MiB"):
        source.read()


def test_a_link_to_nothing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "gone.yaml").symlink_to("nowhere.yaml")
    (source,) = find(str(tmp_path))
    with pytest.raises(InputError, match="no such file"):
        source.read()


def test_a_path_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="found nothing, expected a YAML file, a folder, or -"):
        find(str(tmp_path / "nothing"))


def test_a_folder_without_yaml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a folder without YAML files"):
        find(str(tmp_path))
