"""When is a schedule due next? By the time of day where its zone is, with its summer time."""

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from airship_images.api.airshipimage import Schedule

FIELDS: Final = 5
DEFAULT_ZONE: Final = "UTC"
_REPEATED: Final = 4096
"""Times of a schedule in one repeated hour at most, and more: minutes of its zone's clock that come twice."""


class CronError(ValueError):
    """It is never due, or cannot be read: `field` of the schedule, what it is, and what would be right."""

    def __init__(self, field: str, found: str, expected: str) -> None:
        super().__init__(f"{field}: found {found}, expected {expected}")
        self.field, self.found, self.expected = field, found, expected


def next_time(schedule: Schedule, after: datetime) -> datetime:
    """The first time after `after` at which it is due, in UTC; raises CronError.

    A time that is skipped when clocks go forward is due when they have; one that comes twice is due once.
    """
    zone, parts = _zone(schedule), schedule.cron.split()
    if len(parts) != FIELDS:
        raise CronError("cron", f"{schedule.cron!r}, which has {len(parts)} fields", "five fields, such as 0 3 * * 0")
    try:
        times = CronSim(schedule.cron, after.astimezone(zone))
        for _, moment in zip(range(_REPEATED), times, strict=False):
            if moment.astimezone(UTC) > after:
                return moment.astimezone(UTC)
    except CronSimError as error:
        raise CronError("cron", repr(schedule.cron), f"a cron expression, such as 0 3 * * 0: {error}") from error
    raise CronError("cron", f"{schedule.cron!r}, which is never due", "a day that there is, such as 0 3 * * 0")


def is_due_at(schedule: Schedule, moment: datetime) -> bool:
    """Is it due at just this time? Raises CronError."""
    return next_time(schedule, moment - timedelta(seconds=1)) == moment


def _zone(schedule: Schedule) -> ZoneInfo:
    name = schedule.time_zone or DEFAULT_ZONE
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise CronError("timeZone", repr(name), "an IANA time zone, such as Europe/Berlin") from error
