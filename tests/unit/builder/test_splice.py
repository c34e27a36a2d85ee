"""What differs between two sparse files, and is it all?"""

from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from airship_builder.digest import sparse_digest
from airship_builder.sparse import filled
from airship_builder.splice import differences

BLOCK = 1024
BLOCKS = 2400  # more than one chunk of 1 MiB holds

Contents = dict[int, int]  # block → the byte that fills it


def sparse_file(path: Path, contents: Contents) -> Path:
    with path.open("wb") as file:
        file.truncate(BLOCKS * BLOCK)
        for number, byte in contents.items():
            file.seek(number * BLOCK)
            file.write(bytes([byte]) * BLOCK)
    return path


def test_a_block_beside_what_changed_is_not_touched(tmp_path: Path) -> None:
    """The metadata of a file system has holes where files have their data: written as zeros, they would be lost."""
    old = sparse_file(tmp_path / "old.raw", {4: 1})
    new = sparse_file(tmp_path / "new.raw", {4: 2})
    assert [(piece.offset, len(piece.data)) for piece in differences(old, new, 0, BLOCK)] == [(4 * 1024, 1024)]


def test_a_block_that_differs_is_written_whole(tmp_path: Path) -> None:
    """A new folder begins with a few names and ends with its checksum; a file that is gone may have lain there."""
    old = sparse_file(tmp_path / "old.raw", {})
    new = sparse_file(tmp_path / "new.raw", {8: 1, 11: 1})
    assert [(piece.offset, len(piece.data)) for piece in differences(old, new, 0, 4 * BLOCK)] == [
        (8 * BLOCK, 4 * BLOCK)
    ]


contents = st.dictionaries(st.integers(0, BLOCKS - 1), st.integers(1, 3), max_size=40)


@given(before=contents, changed=contents)
def test_the_differences_written_into_the_old_file_give_the_new_one(before: Contents, changed: Contents) -> None:
    with TemporaryDirectory() as folder:
        old = sparse_file(Path(folder, "old.raw"), before)
        new = sparse_file(Path(folder, "new.raw"), before | changed)
        pieces = list(differences(old, new, 0, BLOCK))
        assert sum(len(piece.data) for piece in pieces) == BLOCK * sum(
            before.get(number) != byte for number, byte in changed.items()
        )
        with old.open("r+b") as file:
            for piece in pieces:
                file.seek(piece.offset)
                file.write(piece.data)
        assert sparse_digest(old) == sparse_digest(new)


@given(before=contents, block=st.sampled_from([BLOCK, 64 * BLOCK, 1024 * BLOCK]))
def test_the_filled_parts_hold_all_data_in_order_and_apart(before: Contents, block: int) -> None:
    with TemporaryDirectory() as folder, sparse_file(Path(folder, "one.raw"), before).open("rb") as file:
        parts = list(filled(file.fileno(), block))
    assert all(end <= start for (_, end), (start, _) in pairwise(parts))
    covered = {number for start, end in parts for number in range(start // BLOCK, end // BLOCK)}
    assert set(before) <= covered
