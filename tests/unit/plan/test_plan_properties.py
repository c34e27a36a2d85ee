"""Whatever fails and wherever the operator dies, an image ends where it belongs."""

from dataclasses import replace
from itertools import chain, repeat
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from airship_images.api.reasons import Reason
from airship_images.plan.events import Event
from airship_images.plan.plan import plan
from tests.unit.plan.states import DIGEST, a_state, summary
from tests.unit.plan.world import Fate, World

STATE = a_state()
FATES = st.lists(st.sampled_from(get_args(Fate)), max_size=6)
LUCKY = st.lists(st.sampled_from(["done", "outside"]), max_size=6)
URLS = st.lists(st.booleans(), max_size=4)
KILLS = st.frozensets(st.integers(min_value=1, max_value=40), max_size=12)


def a_world(fates: list[Fate], urls: list[bool], kills: frozenset[int] = frozenset()) -> World:
    """A world whose bad luck ends: after the scripts everything goes well."""
    return World(STATE, chain(fates, repeat("done")), chain(urls, repeat(True)), kill_at=kills)


def told(world: World) -> set[Event]:
    """All events but those of the URL: what it answered is forgotten by an operator that dies."""
    return {event for event in world.told if event.reason != Reason.URL_UNREACHABLE}


@given(LUCKY, URLS)
def test_bad_luck_delays_an_image_and_never_keeps_it_from_ready(fates: list[Fate], urls: list[bool]) -> None:
    world = a_world(fates, urls)
    world.live()
    assert summary(world.status)["Ready"] == "True Ready"
    assert world.status.image is not None
    assert world.status.image.checksum == DIGEST


@given(FATES, URLS, KILLS)
def test_an_operator_that_is_killed_anywhere_ends_as_one_that_is_not(
    fates: list[Fate], urls: list[bool], kills: frozenset[int]
) -> None:
    calm, killed = a_world(fates, urls), a_world(fates, urls, kills)
    calm.live()
    killed.live()
    assert summary(killed.status) == summary(calm.status)
    assert killed.status.image == calm.status.image
    assert killed.started == calm.started, "another number of Jobs"
    assert told(killed) == told(calm), "other events"
    assert killed.status.build is not None
    assert calm.status.build is not None
    assert killed.status.build.attempt == calm.status.build.attempt


@given(FATES, URLS)
def test_a_plan_that_was_carried_out_asks_for_nothing_more(fates: list[Fate], urls: list[bool]) -> None:
    world = a_world(fates, urls)
    for _ in range(len(fates) + 3):
        world.reconcile()
        state = world.state()
        assert plan(state).actions == ()
        assert plan(replace(state, status=plan(state).status)).status == plan(state).status
        world.end_jobs()


@given(FATES, KILLS)
def test_each_try_of_a_job_follows_a_failed_one(fates: list[Fate], kills: frozenset[int]) -> None:
    world = a_world(fates, [], kills)
    world.live()
    failures = sum(fate in {"outside", "memory"} for fate in fates)
    assert sum(world.started.values()) <= failures + 2
