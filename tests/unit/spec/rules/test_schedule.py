import pytest

from airship_images.api.reasons import Reason
from tests.unit.spec.nodes import a_profile, refusals
from tests.unit.spec.rules.parts import VENDORS, Areas, Wrong

WRONG: Wrong = {
    "a cron expression that is none": (
        {"schedule": {"cron": "0 25 * * *"}},
        Reason.INVALID_INPUT,
        "AirshipImage/worker: spec.schedule.cron",
    ),
    "a day that never comes": (
        {"schedule": {"cron": "0 0 31 2 *"}},
        Reason.INVALID_INPUT,
        "AirshipImage/worker: spec.schedule.cron",
    ),
    "a time zone that there is not": (
        {"schedule": {"cron": "0 3 * * 0", "timeZone": "Europe/Atlantis"}},
        Reason.INVALID_INPUT,
        "AirshipImage/worker: spec.schedule.timeZone",
    ),
}


@pytest.mark.parametrize(("spec", "reason", "path"), WRONG.values(), ids=WRONG)
def test_an_image_is_refused_for(spec: Areas, reason: Reason, path: str) -> None:
    assert refusals(a_profile(), **spec) == [(reason, path)]


def test_a_schedule_in_any_time_zone_is_right() -> None:
    assert refusals(a_profile(), schedule={"cron": "0 3 * * SUN", "timeZone": "America/Argentina/Buenos_Aires"}) == []


def test_a_schedule_needs_packages_that_can_have_newer_versions() -> None:
    vendors = a_profile(software={"base": VENDORS}, kernel={})
    assert refusals(vendors, schedule={"cron": "0 3 * * 0"}) == [
        (Reason.INVALID_INPUT, "AirshipImage/worker: spec.schedule")
    ]
