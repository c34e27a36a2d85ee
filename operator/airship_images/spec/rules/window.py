"""Does the maintenance window ever open, and for a time that can be meant?"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from airship_images.api.durations import duration
from airship_images.api.errors import Finding
from airship_images.api.reasons import Reason
from airship_images.spec.cron import CronError, next_time
from airship_images.spec.rules.subject import Subject

LONGEST: Final = timedelta(hours=168)
_ANY_TIME: Final = datetime(2026, 1, 1, tzinfo=UTC)


def window(subject: Subject) -> Iterator[Finding]:
    """A cron expression or time zone that is none, and a window of more than a week."""
    rollout = subject.image.spec.rollout
    asked = rollout.window if rollout else None
    if asked is None:
        return
    try:
        next_time(asked, _ANY_TIME)
    except CronError as error:
        yield subject.in_image(Reason.INVALID_INPUT, f"rollout.window.{error.field}", error.found, error.expected)
    if duration(asked.duration) > LONGEST:
        yield subject.in_image(Reason.INVALID_INPUT, "rollout.window.duration", asked.duration, "at most 168h")
