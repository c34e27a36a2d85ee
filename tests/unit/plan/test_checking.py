"""When is an artifact's URL asked, and for how much?"""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airship_images.api.reasons import Reason
from airship_images.plan.actions import CheckURL
from airship_images.plan.backoff import JITTER
from airship_images.plan.checking import ASK_AGAIN, LATEST, TRUSTED, due, fresh, until_due
from airship_images.plan.served import Served
from airship_images.plan.state import GATHERING, Check, State
from tests.unit.plan.states import published

ENDS = "ef" * 32
MOMENT = timedelta(seconds=1)


def asked(ago: timedelta, reason: Reason | None = None, failures: int = 0) -> State:
    """A published image whose URL was asked a while ago."""
    state = published()
    image = state.status.image
    assert image is not None
    served = Served(image.url, image.digest, reason, ends=None if reason else ENDS)
    return replace(state, checks={(image.url, image.digest): Check(state.now - ago, served, failures)})


def checks(state: State) -> tuple[CheckURL, ...]:
    assert state.status.image is not None
    return due(state, state.status.image)


def test_a_url_that_was_never_asked_is_read_whole() -> None:
    (check,) = checks(published())
    assert check.ends is None


def test_a_right_answer_holds_for_a_while_and_then_its_ends_are_asked_for() -> None:
    assert checks(asked(TRUSTED - MOMENT)) == ()
    (check,) = checks(asked(TRUSTED))
    assert check.ends == ENDS


def test_no_host_is_sent_to_a_url_on_an_old_answer() -> None:
    for ago, known in ((TRUSTED - MOMENT, True), (TRUSTED, False)):
        state = asked(ago)
        assert state.status.image is not None
        assert (fresh(state, state.status.image) is not None) is known


def test_a_wrong_answer_is_asked_again_whole_after_a_while() -> None:
    assert checks(asked(ASK_AGAIN * (1 - JITTER) - MOMENT, Reason.URL_MISMATCH)) == ()
    (check,) = checks(asked(ASK_AGAIN * (1 + JITTER), Reason.URL_MISMATCH))
    assert check.ends is None


def test_a_url_that_stays_wrong_is_read_ever_more_rarely() -> None:
    waits = []
    for failures in (1, 2, 3, 9):
        state = asked(timedelta(), Reason.URL_MISMATCH, failures)
        assert state.status.image is not None
        waits.append(until_due(state, state.status.image))
    for wait, plain in zip(waits, (ASK_AGAIN, 2 * ASK_AGAIN, 4 * ASK_AGAIN, LATEST), strict=True):
        assert (1 - JITTER) * plain <= wait <= (1 + JITTER) * plain


def test_urls_that_went_wrong_together_are_not_asked_again_together() -> None:
    state = asked(timedelta(), Reason.URL_UNREACHABLE, failures=1)
    assert state.status.image is not None
    (check,) = state.checks.values()
    images = [state.status.image.model_copy(update={"url": f"http://images.example/{each}"}) for each in range(20)]
    together = replace(state, checks={(each.url, each.digest): check for each in images})
    assert len({until_due(together, each) for each in images}) == len(images)


@pytest.mark.parametrize("reason", [None, Reason.URL_MISMATCH], ids=["right", "wrong"])
def test_an_answer_that_came_while_the_state_was_gathered_is_a_fresh_one(reason: Reason | None) -> None:
    assert checks(asked(-MOMENT, reason)) == ()


@pytest.mark.parametrize("reason", [None, Reason.URL_MISMATCH], ids=["right", "wrong"])
def test_an_answer_from_before_the_clock_was_set_back_is_an_old_one(reason: Reason | None) -> None:
    state = asked(-GATHERING - MOMENT, reason, failures=9 if reason else 0)
    assert state.status.image is not None
    assert len(checks(state)) == 1
    if reason is None:
        assert fresh(state, state.status.image) is None


AGES = st.timedeltas(timedelta(hours=-3), timedelta(hours=3))


@given(AGES, st.sampled_from([None, Reason.URL_MISMATCH]), st.integers(0, 20))
def test_whatever_is_done_to_the_clock_no_check_is_further_off_than_its_wait(
    ago: timedelta, reason: Reason | None, failures: int
) -> None:
    state = asked(ago, reason, failures)
    assert state.status.image is not None
    wait = until_due(state, state.status.image)
    assert timedelta() <= wait <= (LATEST * (1 + JITTER) if reason else TRUSTED)
    assert bool(checks(state)) is (wait == timedelta())
