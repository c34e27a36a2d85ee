"""When a maintenance window is open: a table of expressions, zones and moments."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airship_images.api.airshipimage import Window
from airship_images.api.reasons import Reason
from airship_images.plan.steps.rollout import RolloutOutcome, rollout
from airship_images.plan.window import ALWAYS, hours
from tests.bmh.builders import Json, a_host, a_state, an_artifact, approved, image_block, remember, runs, started

BERLIN = "Europe/Berlin"
NIGHTS = Window(cron="0 22 * * 1-5", time_zone=BERLIN, duration="6h")


@pytest.mark.parametrize(
    ("now", "is_open", "until"),
    [
        ("2026-05-04T19:59:59Z", False, "2026-05-04T20:00:00Z"),  # a Monday, summer time
        ("2026-05-04T20:00:00Z", True, "2026-05-05T02:00:00Z"),
        ("2026-05-05T01:59:59Z", True, "2026-05-05T02:00:00Z"),
        ("2026-05-05T02:00:00Z", False, "2026-05-05T20:00:00Z"),
        ("2026-05-09T12:00:00Z", False, "2026-05-11T20:00:00Z"),  # no window on Saturdays and Sundays
        ("2026-01-05T20:30:00Z", False, "2026-01-05T21:00:00Z"),  # winter time
    ],
)
def test_a_window_is_open_from_its_start_for_its_duration(now: str, is_open: bool, until: str) -> None:
    found = hours(NIGHTS, datetime.fromisoformat(now))
    assert (found.is_open, found.until) == (is_open, datetime.fromisoformat(until))


def test_a_window_is_measured_in_time_that_passes_wherever_the_clock_hangs() -> None:
    """In this night Berlin's clocks go from 2 to 3 o'clock: six hours from 22:00 on end at 5:00 there."""
    window = Window(cron="0 22 * * *", time_zone=BERLIN, duration="6h")
    now = datetime(2026, 3, 29, 4, 30, tzinfo=ZoneInfo(BERLIN))
    assert (hours(window, now).is_open, hours(window, now).until) == (True, datetime(2026, 3, 29, 3, tzinfo=UTC))


def test_without_a_window_it_is_always_open() -> None:
    assert hours(None, datetime.fromisoformat("2026-05-04T12:00:00Z")) == ALWAYS


@pytest.mark.parametrize("wrong", [{"cron": "0 25 * * *"}, {"cron": "0 0 31 2 *"}, {"time_zone": "Europe/Atlantis"}])
def test_a_window_that_cannot_be_told_is_closed_and_says_why(wrong: dict[str, str]) -> None:
    window = Window.model_validate({"cron": "0 0 * * *", "duration": "1h", **wrong})
    found = hours(window, datetime.fromisoformat("2026-05-04T00:30:00Z"))
    assert (found.is_open, found.until) == (False, None)
    assert found.problem.startswith("spec.rollout.window.")
    outcome = rollout(a_state(a_host(), rollout={"window": window}))
    assert (outcome.condition.reason, outcome.patches) == (Reason.OUTSIDE_WINDOW, ())
    assert found.problem in outcome.condition.message


@given(
    now=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.timezones()),
    cron=st.sampled_from(["0 22 * * *", "30 2 * * *", "*/7 * * * *", "0 0 29 2 *"]),
    length=st.sampled_from(["5m", "1h", "30h"]),
)
def test_what_is_told_of_a_window_stays_so_until_the_time_that_it_names(now: datetime, cron: str, length: str) -> None:
    window = Window(cron=cron, time_zone=BERLIN, duration=length)
    found = hours(window, now)
    assert found.until is not None
    assert found.until > now
    halfway = found.until - (found.until - now.astimezone(UTC)) / 2
    assert hours(window, halfway).is_open is found.is_open
    if not found.is_open:
        assert hours(window, found.until).is_open


CLOSED = Window(cron="0 22 * * *", duration="1h")
"""It is 12:00 UTC in these tests."""
OPEN = Window(cron="0 11 * * *", duration="2h")
NEW = an_artifact(2)


def roll(*hosts: Json, window: Window, **rules: object) -> RolloutOutcome:
    return rollout(a_state(*hosts, artifact=NEW, rollout={"window": window, "max_unavailable": 3, **rules}))


def on_its_way(name: str) -> Json:
    memory = {"annotations": remember(NEW)}
    history = {"operationHistory": started()}
    return a_host(name, "provisioning", image=image_block(NEW), metadata=memory, status=history)


def test_outside_the_window_nothing_is_started_and_the_plan_wakes_when_it_opens() -> None:
    outcome = roll(a_host("a"), on_its_way("b"), window=CLOSED)
    assert (outcome.condition.reason, outcome.patches) == (Reason.OUTSIDE_WINDOW, ())
    assert "opens at 2026-05-01T22:00:00Z; unavailable: b; wait for it: a" in outcome.condition.message
    assert outcome.wake_after is not None
    assert outcome.wake_after.total_seconds() == 10 * 3600


def test_outside_the_window_no_consent_lets_a_host_be_erased() -> None:
    outcome = roll(runs(an_artifact(1), "a", **approved(NEW)), window=CLOSED, strategy="Replace")
    assert (outcome.condition.reason, outcome.patches) == (Reason.OUTSIDE_WINDOW, ())


def test_what_runs_when_the_window_closes_goes_on_and_is_counted() -> None:
    outcome = roll(on_its_way("b"), window=CLOSED)
    assert outcome.condition.reason is Reason.ROLLING_OUT
    assert outcome.wake_after is None


def test_inside_the_window_hosts_are_patched_until_it_closes() -> None:
    outcome = roll(a_host("a"), window=OPEN)
    assert [patch.before for patch in outcome.patches] == [datetime.fromisoformat("2026-05-01T13:00:00Z")]
    assert outcome.wake_after is not None
    assert outcome.wake_after.total_seconds() == 3600


def test_a_closed_window_does_not_even_ask_for_the_bytes() -> None:
    outcome = rollout(a_state(a_host(), rollout={"window": CLOSED}, served=None))
    assert (outcome.condition.reason, outcome.wants_check) == (Reason.OUTSIDE_WINDOW, False)
