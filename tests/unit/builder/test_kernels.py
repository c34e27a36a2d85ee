"""Of several kernels the same one boots, in whatever order a folder names them."""

from itertools import permutations

import pytest

from airship_builder.kernels import newest


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        (("6.1.0-9-amd64", "6.1.0-10-amd64"), "6.1.0-10-amd64"),
        (("6.1.0-10-amd64", "6.1.0-10-cloud-amd64", "6.1.0-10-rt-amd64"), "6.1.0-10-rt-amd64"),
        (("6.1.0-10-cloud-amd64", "6.1.0-9-rt-amd64"), "6.1.0-10-cloud-amd64"),
    ],
)
def test_the_newest_is_the_one_with_the_highest_numbers_and_of_those_the_last_by_name(
    versions: tuple[str, ...], expected: str
) -> None:
    assert {newest(order) for order in permutations(versions)} == {expected}
