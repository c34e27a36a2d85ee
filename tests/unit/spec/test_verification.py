"""What has nothing that starts it is not booted, and the reason is said."""

import pytest

from airship_images.api.airshipimage import AirshipImageSpec
from airship_images.spec.verification import skipped_because


def a_spec(kind: str, **verify: bool) -> AirshipImageSpec:
    image = {"type": kind, "outputFileName": "a"}
    return AirshipImageSpec.model_validate({"profiles": [{"name": "base"}], "image": image, "verify": verify})


def a_source(**verify: bool) -> AirshipImageSpec:
    source = {"url": "https://mirror.example/a.qcow2", "sha256": "ab" * 32}
    return AirshipImageSpec.model_validate({"image": {"type": "qcow2", "source": source}, "verify": verify})


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        (a_spec("qcow2"), None),
        (a_spec("iso", boot=True), None),
        (a_spec("raw", boot=False), "spec.verify.boot is false"),
        (a_source(), "it was built elsewhere: spec.verify.boot: true boots it here"),
        (a_source(boot=False), "spec.verify.boot is false"),
        (a_source(boot=True), None),
        (a_spec("rootfs"), "an image of type rootfs has nothing that starts it"),
        (a_spec("oci"), "an image of type oci has nothing that starts it"),
    ],
)
def test_what_can_boot_is_booted_unless_it_is_not_wanted(spec: AirshipImageSpec, why: str | None) -> None:
    assert skipped_because(spec) == why
