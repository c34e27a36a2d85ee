"""How many bytes is a quantity of Kubernetes, such as 20Gi?"""

import re
from typing import Final

CACHE_LIMIT: Final = "20Gi"
"""What the cache of one namespace, or one machine, may hold where nobody says."""

_FORM: Final = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,3})?)(k|Ki|M|Mi|G|Gi|T|Ti)?")
_UNITS: Final = {
    None: 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30, "Ti": 1 << 40
}  # fmt: skip


def byte_size(text: str) -> int:
    """`text` in bytes; raises ValueError that says what would be right."""
    match = _FORM.fullmatch(text)
    if match is None:
        raise ValueError(f"found {text!r}, expected bytes, or a number with a unit such as 500Mi or 20Gi")
    return int(float(match[1]) * _UNITS[match[2]])
