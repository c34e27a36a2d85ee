"""Every error that we raise on purpose, on one page.

- AirshipError
  - InputError: what the user wrote is wrong (exit 2, never retried)
    - InvalidDocument: one document, with everything that is wrong in it
    - SpecError: an image and its profiles, with everything that is wrong in them
  - OutsideError: the world around us failed (exit 3, retried)
  - BugError: we were wrong (exit 1)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from airship_images.api.reasons import Reason


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong in what a user wrote: where, what was found, what would be right."""

    reason: Reason
    path: str
    found: str
    expected: str

    @property
    def message(self) -> str:
        """What was found and what would be right, without the path."""
        return f"found {self.found}, expected {self.expected}"

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


class AirshipError(Exception):
    """An error with a stable reason and a sentence that a person can act on."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, reason: Reason = Reason.BUG) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason


class InputError(AirshipError):
    """The input is wrong: trying again changes nothing until somebody edits it."""

    exit_code: ClassVar[int] = 2

    def __init__(self, path: str, found: str, expected: str, *, reason: Reason = Reason.INVALID_INPUT) -> None:
        super().__init__(f"{path}: found {found}, expected {expected}", reason=reason)
        self.path = path
        self.found = found
        self.expected = expected


class FindingsError(InputError):
    """All that is wrong in an input, at least one finding; path and reason are those of the first."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        first = findings[0]
        super().__init__(first.path, first.found, first.expected, reason=first.reason)
        self.findings = tuple(findings)
        self.message = "\n".join(str(finding) for finding in findings)

    def __str__(self) -> str:
        return self.message


class InvalidDocument(FindingsError):  # noqa: N818 -- says what it is about, as SpecError does
    """A document does not fit its schema."""


class SpecError(FindingsError):
    """An image and its profiles make no node that can be built."""


class OutsideError(AirshipError):
    """A mirror, disk, network or timeout failed: the same work may succeed later."""

    exit_code: ClassVar[int] = 3

    def __init__(self, message: str, *, reason: Reason = Reason.TOOL_FAILED) -> None:
        super().__init__(message, reason=reason)


class BugError(AirshipError):
    """A promise of our own code did not hold."""

    exit_code: ClassVar[int] = 1
