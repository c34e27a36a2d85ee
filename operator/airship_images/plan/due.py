"""Is it time to look for newer packages? By the image's schedule, or because somebody asked."""

from dataclasses import dataclass
from datetime import datetime

from airship_images.api.airshipimage import Schedule
from airship_images.api.status import ScheduleStatus
from airship_images.plan.texts import timestamp
from airship_images.spec.cron import CronError, is_due_at, next_time


@dataclass(frozen=True)
class Due:
    """What is to be answered: a time of the schedule, or a request by its time."""

    time: str
    requested: bool


def due(schedule: Schedule | None, status: ScheduleStatus | None, request: str | None, now: datetime) -> Due | None:
    """What is due, the same until status tells of its answer; of several times that were missed the first one alone.

    A time that status has promised counts only while the schedule still names it.
    """
    promised = status.next_time if status is not None else None
    if schedule is not None and promised is not None and _has_come(schedule, promised, now):
        return Due(promised, requested=False)
    if request is not None and (status is None or status.request != request):
        return Due(request, requested=True)
    return None


def _has_come(schedule: Schedule, promised: str, now: datetime) -> bool:
    moment = datetime.fromisoformat(promised)
    try:
        return moment <= now and is_due_at(schedule, moment)
    except CronError:  # which makes no image: the rule says so
        return False


def promise(schedule: Schedule | None, now: datetime) -> str | None:
    """The next time of the schedule; None without one."""
    try:
        return None if schedule is None else timestamp(next_time(schedule, now))
    except CronError:
        return None
