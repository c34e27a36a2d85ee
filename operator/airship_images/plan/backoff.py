"""How long does what has failed wait for its next try?"""

import hashlib
from datetime import timedelta
from typing import Final

FIRST: Final = timedelta(seconds=10)
LONGEST: Final = timedelta(minutes=30)
JITTER: Final = 0.25
"""Part of the wait by which it may be shorter or longer, so that what failed together does not return together."""

LONGEST_WAIT: Final = LONGEST * (1 + JITTER)


def backoff(attempt: int, seed: str, first: timedelta = FIRST, longest: timedelta = LONGEST) -> timedelta:
    """The wait after try number `attempt` (from 1): doubled each time, and the same whenever it is asked for."""
    plain = min(first * float(2 ** min(attempt - 1, 20)), longest)
    digest = hashlib.sha256(f"{seed}/{attempt}".encode()).digest()
    fraction = int.from_bytes(digest[:4], "big") / 0xFFFFFFFF
    return plain * (1 - JITTER + 2 * JITTER * fraction)
