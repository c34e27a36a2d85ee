"""When is a schedule due: time zones, summer time, and what is no schedule."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airship_images.api.airshipimage import Schedule
from airship_images.spec.cron import CronError, is_due_at, next_time

BERLIN = "Europe/Berlin"


def a_schedule(cron: str, zone: str | None = None) -> Schedule:
    return Schedule(cron=cron, time_zone=zone)


@pytest.mark.parametrize(
    ("cron", "zone", "after", "due"),
    [
        ("0 3 * * 0", None, "2026-03-01T12:00Z", "2026-03-08T03:00Z"),
        ("0 3 * * 0", BERLIN, "2026-03-01T12:00Z", "2026-03-08T02:00Z"),
        ("*/15 * * * *", None, "2026-03-01T12:00Z", "2026-03-01T12:15Z"),
        ("0 0 29 2 *", None, "2026-03-01T12:00Z", "2028-02-29T00:00Z"),
        # clocks go forward on 29 March: 02:30 is skipped, and it is due when it would have been
        ("30 2 * * *", BERLIN, "2026-03-28T12:00Z", "2026-03-29T01:00Z"),
        ("30 2 * * *", BERLIN, "2026-03-29T01:00Z", "2026-03-30T00:30Z"),
        # clocks go back on 25 October: 02:30 comes twice, and is due the first time alone
        ("30 2 * * *", BERLIN, "2026-10-24T12:00Z", "2026-10-25T00:30Z"),
        ("30 2 * * *", BERLIN, "2026-10-25T00:30Z", "2026-10-26T01:30Z"),
        ("30 2 * * *", BERLIN, "2026-10-25T01:10Z", "2026-10-26T01:30Z"),
        # one that is due every hour is due in both
        ("30 * * * *", BERLIN, "2026-10-25T00:30Z", "2026-10-25T01:30Z"),
        ("0 12 1 1 *", "Pacific/Kiritimati", "2026-06-01T00:00Z", "2026-12-31T22:00Z"),
    ],
)
def test_it_is_due_by_the_clock_of_its_zone(cron: str, zone: str | None, after: str, due: str) -> None:
    assert next_time(a_schedule(cron, zone), datetime.fromisoformat(after)) == datetime.fromisoformat(due)


@pytest.mark.parametrize(
    ("cron", "zone", "said"),
    [
        ("every day", None, "cron: found 'every day', which has 2 fields"),
        ("0 0 3 * * 0", None, "cron: found '0 0 3 * * 0', which has 6 fields"),
        ("61 3 * * 0", None, "cron: found '61 3 * * 0', expected a cron expression, such as 0 3 * * 0: Bad minute"),
        ("0 0 31 2 *", None, "cron: found '0 0 31 2 *', expected a cron expression"),
        ("@daily", None, "cron: found '@daily', which has 1 fields"),
        ("0 3 * * 0", "Europe/Atlantis", "timeZone: found 'Europe/Atlantis', expected an IANA time zone"),
        ("0 3 * * 0", "Europe", "timeZone: found 'Europe'"),
    ],
)
def test_what_is_no_schedule_is_told_with_its_field(cron: str, zone: str | None, said: str) -> None:
    with pytest.raises(CronError) as raised:
        next_time(a_schedule(cron, zone), datetime(2026, 1, 1, tzinfo=UTC))
    assert str(raised.value).startswith(said)


MINUTES = st.one_of(st.just("*"), st.just("*/20"), st.integers(0, 59).map(str))
HOURS = st.one_of(st.just("*"), st.integers(0, 23).map(str))
DAYS = st.sampled_from(["*", "0", "1-5", "6"])
ZONES = st.sampled_from([None, BERLIN, "America/St_Johns", "Australia/Lord_Howe", "America/Havana", "Asia/Kolkata"])
SCHEDULES = st.builds(
    lambda minute, hour, day, zone: a_schedule(f"{minute} {hour} * * {day}", zone), MINUTES, HOURS, DAYS, ZONES
)
TIMES = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)).map(
    lambda moment: moment.replace(microsecond=0)
)


@given(SCHEDULES, TIMES)
def test_the_next_time_is_always_later_and_is_a_time_of_the_schedule(schedule: Schedule, after: datetime) -> None:
    due = next_time(schedule, after)
    assert due > after
    assert is_due_at(schedule, due)


@given(SCHEDULES, TIMES, st.integers(1, 10**6))
def test_no_time_is_left_out_by_asking_later(schedule: Schedule, after: datetime, seconds: int) -> None:
    due = next_time(schedule, after)
    later = after + timedelta(seconds=seconds)
    assert next_time(schedule, later) == due if later < due else next_time(schedule, later) > due
