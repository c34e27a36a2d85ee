"""`airship-images`, called in the process of the test."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


CommandLine = Callable[..., Ended]
