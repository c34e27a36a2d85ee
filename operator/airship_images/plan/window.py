"""May something be started now, and when does that change? A maintenance window is a pure function of the time."""

from dataclasses import dataclass
from datetime import UTC, datetime

from airship_images.api.airshipimage import Window
from airship_images.api.durations import duration
from airship_images.spec.cron import CronError, next_time


@dataclass(frozen=True)
class Hours:
    """Whether hosts may be changed, and when that changes; None: never by itself."""

    is_open: bool
    until: datetime | None = None
    problem: str = ""
    """Why the window cannot be told; nothing is started then."""


ALWAYS = Hours(True)


def hours(window: Window | None, now: datetime) -> Hours:
    """Where `now` is in the window; one that opens again before it has closed is to be looked at again then."""
    if window is None:
        return ALWAYS
    now, length = now.astimezone(UTC), duration(window.duration)  # elsewhere a day may have 23 hours
    try:
        start = next_time(window, now - length)
        return Hours(False, start) if start > now else Hours(True, start + length)
    except CronError as error:
        return Hours(False, problem=f"spec.rollout.window.{error}")
