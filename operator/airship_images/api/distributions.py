"""Which distributions and releases do we build, and what is each one's kernel called?"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

DistributionName = Literal["debian", "ubuntu"]
DEFAULT_DISTRIBUTION: Final[DistributionName] = "debian"

ARCHITECTURE: Final = "amd64"
"""The one that we build for."""

SUITES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"debian": ("bookworm", "trixie"), "ubuntu": ("jammy", "noble")}
)
"""The releases that have a driver in the builder, the default one first."""

WITHOUT_SOURCES: Final[frozenset[str]] = frozenset({"ubuntu"})
"""Distributions whose archive the builder does not know: a profile declares it among its repositories."""
