"""What does the configuration change in the root filesystem, once the roles have said what they want?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from airship_builder.overlay import Owned


@dataclass(frozen=True)
class Changes:
    """Every change by its real path, parents first, and the paths that are taken away."""

    written: Mapping[str, Owned]
    removed: Sequence[str]
