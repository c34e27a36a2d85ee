"""Which maintenance windows are refused?"""

import pytest

from airship_images.api.reasons import Reason
from tests.unit.spec.nodes import a_profile, refusals
from tests.unit.spec.rules.parts import Areas, Wrong


def window(**changes: str) -> Areas:
    return {"rollout": {"window": {"cron": "0 22 * * *", "duration": "4h", **changes}}}


PATH = "AirshipImage/worker: spec.rollout.window"
WRONG: Wrong = {
    "a cron expression that is none": (window(cron="0 25 * * *"), Reason.INVALID_INPUT, f"{PATH}.cron"),
    "a day that never comes": (window(cron="0 0 31 2 *"), Reason.INVALID_INPUT, f"{PATH}.cron"),
    "a zone that there is not": (window(timeZone="Europe/Atlantis"), Reason.INVALID_INPUT, f"{PATH}.timeZone"),
    "more than a week": (window(duration="169h"), Reason.INVALID_INPUT, f"{PATH}.duration"),
}


@pytest.mark.parametrize(("spec", "reason", "path"), WRONG.values(), ids=WRONG)
def test_an_image_is_refused_for(spec: Areas, reason: Reason, path: str) -> None:
    assert refusals(a_profile(), **spec) == [(reason, path)]


def test_a_window_of_a_week_in_any_time_zone_is_right() -> None:
    assert refusals(a_profile(), **window(duration="168h", timeZone="America/Argentina/Buenos_Aires")) == []
