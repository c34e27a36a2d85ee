"""Sizes are written as Kubernetes writes them."""

from decimal import Decimal

import pytest

from airship_images.api.quantity import amount, byte_size


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("1500", 1500),
        ("1k", 1000),
        ("1e3", 1000),
        ("1500m", 1),
        ("1.5Gi", 3 << 29),
        ("20Gi", 20 << 30),
        ("2T", 2 * 10**12),
    ],
)
def test_a_size_is_bytes_or_a_number_with_a_unit(text: str, size: int) -> None:
    assert byte_size(text) == size


@pytest.mark.parametrize("text", ["", "20GB", "-1Gi", "20 Gi", "a"])
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="20Gi"):
        byte_size(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("500m", "0.5"),
        ("2", "2"),
        ("1.5Gi", "1610612736"),
        ("1e3", "1000"),
        ("12E", "12e18"),
        ("3u", "3e-6"),
        (".5", "0.5"),
    ],
)
def test_an_amount_is_any_number_that_kubernetes_writes(text: str, number: str) -> None:
    assert amount(text) == Decimal(number)


@pytest.mark.parametrize("text", ["", "m", "20GB", "1 Gi", "e3", ".", "NaN", "Infinity", "1_0"])
def test_what_is_no_amount_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="500m"):
        amount(text)
