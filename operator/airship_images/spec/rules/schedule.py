"""Can the image be built on its schedule?"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from airship_images.api.errors import Finding
from airship_images.api.reasons import Reason
from airship_images.spec.cron import CronError, next_time
from airship_images.spec.resolved import are_resolved
from airship_images.spec.rules.subject import Subject

_ANY_TIME: Final = datetime(2026, 1, 1, tzinfo=UTC)


def schedule(subject: Subject) -> Iterator[Finding]:
    """A cron expression or time zone that is none, and images without packages that could have newer versions."""
    asked = subject.image.spec.schedule
    if asked is None:
        return
    try:
        next_time(asked, _ANY_TIME)
    except CronError as error:
        yield subject.in_image(Reason.INVALID_INPUT, f"schedule.{error.field}", error.found, error.expected)
    if not are_resolved(subject.image, subject.node.spec):
        found = "a schedule of an image whose packages are in its builder or its vendor's image"
        yield subject.in_image(Reason.INVALID_INPUT, "schedule", found, "no schedule: name a newer image by its digest")
