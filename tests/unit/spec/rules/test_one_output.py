import pytest

from airship_images.api.reasons import Reason
from tests.unit.spec.nodes import a_profile, refusals
from tests.unit.spec.rules.parts import Areas, Wrong

WRONG_IMAGES: Wrong = {
    "no target of the output": ({"output": {}}, Reason.INVALID_INPUT, "AirshipImage/worker: spec.output"),
}


@pytest.mark.parametrize(("spec", "reason", "path"), WRONG_IMAGES.values(), ids=WRONG_IMAGES)
def test_an_image_is_refused_for(spec: Areas, reason: Reason, path: str) -> None:
    assert refusals(a_profile(), **spec) == [(reason, path)]
