"""How much is a quantity of Kubernetes, such as 20Gi or 500m?"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

CACHE_LIMIT: Final = "20Gi"
"""What the cache of one namespace, or one machine, may hold where nobody says."""

_FORM: Final = re.compile(
    r"([+-]?(?:[0-9]{1,20}\.?[0-9]{0,20}|\.[0-9]{1,20})(?:[eE][+-]?[0-9]{1,2})?)(n|u|m|k|Ki|M|Mi|G|Gi|T|Ti|P|Pi|E|Ei)?"
)
_UNITS: Final[Mapping[str | None, Decimal | int]] = {
    None: 1, "n": Decimal("1e-9"), "u": Decimal("1e-6"), "m": Decimal("1e-3"),
    "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15, "E": 10**18,
    "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30, "Ti": 1 << 40, "Pi": 1 << 50, "Ei": 1 << 60,
}  # fmt: skip


def amount(text: str) -> Decimal:
    """The number that `text` stands for, in any form that the API server takes; raises ValueError for others."""
    match = _FORM.fullmatch(text)
    if match is None:
        raise ValueError(f"found {text!r}, expected a quantity such as 500m or 20Gi")
    return Decimal(match[1]) * _UNITS[match[2]]


def byte_size(text: str) -> int:
    """`text` in whole bytes; raises ValueError that says what would be right."""
    size = amount(text)
    if size < 0:
        raise ValueError(f"found {text!r}, expected bytes, or a number with a unit such as 500Mi or 20Gi")
    return int(size)
