"""Sizes are written as Kubernetes writes them."""

import pytest

from airship_images.api.quantity import byte_size


@pytest.mark.parametrize(
    ("text", "size"),
    [("0", 0), ("1500", 1500), ("1k", 1000), ("1.5Gi", 3 << 29), ("20Gi", 20 << 30), ("2T", 2 * 10**12)],
)
def test_a_size_is_bytes_or_a_number_with_a_unit(text: str, size: int) -> None:
    assert byte_size(text) == size


@pytest.mark.parametrize("text", ["", "20GB", "-1Gi", "20 Gi", "1e3", "a"])
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="20Gi"):
        byte_size(text)
