"""Who names which artifacts? As of one look at everything in the cluster that may name one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class References:
    """What was found at `at`."""

    at: datetime
    found: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By digest (64 hex digits): who names it, as KIND NAMESPACE/NAME."""
    unknown: str | None = None
    """What could not be listed, and why: then nothing is known."""

    def to(self, digest: str, *, own: str) -> frozenset[str]:
        """Who names the artifact, apart from its own image."""
        return self.found.get(digest, frozenset()) - {own}
