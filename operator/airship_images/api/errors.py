"""Every error that we raise on purpose, on one page.

- AirshipError
  - InputError: what the user wrote is wrong (exit 2, never retried)
  - OutsideError: the world around us failed (exit 3, retried)
  - BugError: we were wrong (exit 1)
"""

from typing import ClassVar

from airship_images.api.reasons import Reason


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


class OutsideError(AirshipError):
    """A mirror, disk, network or timeout failed: the same work may succeed later."""

    exit_code: ClassVar[int] = 3

    def __init__(self, message: str, *, reason: Reason = Reason.TOOL_FAILED) -> None:
        super().__init__(message, reason=reason)


class BugError(AirshipError):
    """A promise of our own code did not hold."""

    exit_code: ClassVar[int] = 1
