import pytest

from airship_images.api.reasons import Reason
from tests.unit.spec.nodes import a_profile, refusals
from tests.unit.spec.rules.parts import Areas, Wrong

WRONG_IMAGES: Wrong = {
    "a name of another format": (
        {"image": {"type": "raw", "outputFileName": "a.qcow2"}},
        Reason.INVALID_INPUT,
        "AirshipImage/worker: spec.image.outputFileName",
    ),
    "a name of another compression": (
        {"image": {"type": "rootfs", "outputFileName": "a.tar.gz"}},
        Reason.INVALID_INPUT,
        "AirshipImage/worker: spec.image.outputFileName",
    ),
}


@pytest.mark.parametrize(("spec", "reason", "path"), WRONG_IMAGES.values(), ids=WRONG_IMAGES)
def test_an_image_is_refused_for(spec: Areas, reason: Reason, path: str) -> None:
    assert refusals(a_profile(), **spec) == [(reason, path)]
