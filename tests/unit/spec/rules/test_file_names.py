import pytest

from airship_images.api.reasons import Reason
from tests.unit.spec.nodes import a_profile, refusals
from tests.unit.spec.rules.parts import Areas, Wrong

WRONG_IMAGES: Wrong = {
    "the name of a checksum file": (
        {"image": {"type": "qcow2", "outputFileName": "a.sha256"}},
        Reason.UNSAFE_FILE_NAME,
        "AirshipImage/worker: spec.image.outputFileName",
    ),
    "a metadata file in the image's place": (
        {"builder": {"outputMetadataFileName": "worker.qcow2"}},
        Reason.UNSAFE_FILE_NAME,
        "AirshipImage/worker: spec.builder.outputMetadataFileName",
    ),
    "user data in the place of the request": (
        {"builder": {"userDataFileName": "build.yaml"}},
        Reason.UNSAFE_FILE_NAME,
        "AirshipImage/worker: spec.builder.userDataFileName",
    ),
    "a network config that looks like a packed file": (
        {"builder": {"networkConfigFileName": "user-data.gz"}},
        Reason.UNSAFE_FILE_NAME,
        "AirshipImage/worker: spec.builder.networkConfigFileName",
    ),
}


@pytest.mark.parametrize(("spec", "reason", "path"), WRONG_IMAGES.values(), ids=WRONG_IMAGES)
def test_an_image_is_refused_for(spec: Areas, reason: Reason, path: str) -> None:
    assert refusals(a_profile(), **spec) == [(reason, path)]
