"""What does the demo read from an AirshipImage?"""

from typing import Any

import pytest

from hack.demo.progress import Json, condition, describe, holds, is_rolled_out


def an_image(*conditions: Json, **status: Any) -> Json:
    return {"metadata": {"name": "worker", "generation": 2}, "status": {"conditions": [*conditions], **status}}


def a_condition(kind: str, status: str = "True", generation: int = 2) -> Json:
    return {"type": kind, "status": status, "observedGeneration": generation, "message": f"{kind} is {status}"}


def test_a_condition_of_an_earlier_spec_says_nothing_of_this_one() -> None:
    image = an_image(a_condition("Ready", generation=1))
    assert condition(image, "Ready") == {}
    assert not holds(image, "Ready")


def test_a_condition_of_this_spec_holds_when_it_is_true() -> None:
    assert holds(an_image(a_condition("Ready")), "Ready")
    assert not holds(an_image(a_condition("Ready", status="False")), "Ready")


def test_an_image_that_nobody_has_seen_yet_is_described_so() -> None:
    assert describe({"metadata": {"name": "worker", "generation": 1}}) == "Pending: not seen yet"


def test_a_build_is_described_by_its_phase_and_percent() -> None:
    build = {"phase": "rootfs", "percent": 7, "message": "unpacking", "attempt": 1}
    assert describe(an_image(phase="Building", build=build)) == "Building: rootfs   7 %  unpacking"


@pytest.mark.parametrize(
    ("hosts", "done"),
    [
        ({}, False),
        ({"updated": 0, "eligible": 1, "updating": 0}, False),
        ({"updated": 0, "eligible": 0, "updating": 1}, False),
        ({"updated": 1, "eligible": 0, "updating": 1}, False),
        ({"updated": 0, "eligible": 0, "updating": 0}, False),
        ({"updated": 1, "eligible": 0, "updating": 0}, True),
    ],
)
def test_a_rollout_is_done_when_a_host_has_the_image_and_no_other_one_can_take_it(hosts: Json, done: bool) -> None:
    assert is_rolled_out(an_image(hosts=hosts)) is done
