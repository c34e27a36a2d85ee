"""How what is tried for ever waits between two tries."""

from datetime import timedelta
from itertools import islice

from airship_images.controller.waits import Waits

WAITS = Waits(first=timedelta(seconds=1), longest=timedelta(seconds=8))


def test_the_wait_is_doubled_up_to_a_bound_and_never_ends() -> None:
    found = list(islice(WAITS, 1000))
    assert all(0.75 * plain <= wait <= 1.25 * plain for plain, wait in zip((1, 2, 4), found[:3], strict=True))
    assert all(6 <= wait <= 10 for wait in found[3:])


def test_what_broke_off_together_does_not_come_back_together() -> None:
    assert list(islice(WAITS, 4)) != list(islice(WAITS, 4))
