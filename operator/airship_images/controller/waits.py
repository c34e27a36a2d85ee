"""How long is a failure waited out? Twice as long each time, up to a bound, and never all at once."""

import random
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Waits:
    """The seconds to wait after each failure, for as many failures as there are."""

    first: float
    longest: float

    def __iter__(self) -> Iterator[float]:
        failures = 0
        while True:
            yield wait(failures, self.first, self.longest)
            failures += 1


def wait(failures: int, first: float, longest: float) -> float:
    """Seconds to wait after a failure that `failures` others went before."""
    plain: float = min(first * 2 ** min(failures, 30), longest)
    return plain * random.uniform(0.75, 1.25)  # noqa: S311  (jitter, not a secret)
