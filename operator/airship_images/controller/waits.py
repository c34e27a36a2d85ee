"""How long is waited between the tries of what is tried for ever? As the plan waits, and never all at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from uuid import uuid4

from airship_images.plan.backoff import backoff


@dataclass(frozen=True)
class Waits:
    """The seconds to wait after each failure, for as many failures as there are; other ones whenever it is begun."""

    first: timedelta
    longest: timedelta

    def __iter__(self) -> Iterator[float]:
        seed = uuid4().hex
        return (backoff(attempt, seed, self.first, self.longest).total_seconds() for attempt in count(1))
