"""Who hears what a URL gives?"""

import asyncio
from datetime import UTC, datetime

import pytest

from airship_images.api.reasons import Reason
from airship_images.cluster.checks import Checks
from airship_images.cluster.store import Store
from airship_images.cluster.table import Key
from airship_images.plan.actions import CheckURL
from airship_images.plan.state import Check

ONE, TWO = ("default", "one"), ("elsewhere", "two")
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DIGEST = f"sha256:{'a' * 64}"
NOBODY = "http://127.0.0.1:9/worker.qcow2"
"""Where no server listens."""


def heard(url: str, *images: Key, store: Store) -> list[Key]:
    """Who of these is told in the end, all of which ask for the same; each only once, however often it asks."""

    async def scenario() -> list[Key]:
        told: list[Key] = []
        all_told = asyncio.Event()

        def checked(image: Key) -> None:
            told.append(image)
            if len(told) == len(set(images)):
                all_told.set()

        checks = Checks(store, lambda: NOW, checked)
        for image in images:
            checks.ask(CheckURL(url, None, DIGEST), image)
        async with asyncio.timeout(20):
            await all_told.wait()
        return told

    return asyncio.run(scenario())


def check(store: Store, url: str) -> Check:
    return store.checks[url, DIGEST]


def test_every_image_that_asks_while_an_artifact_is_read_hears_of_it() -> None:
    store = Store()
    assert sorted(heard(NOBODY, ONE, TWO, ONE, store=store)) == [ONE, TWO]
    assert (check(store, NOBODY).at, check(store, NOBODY).failures) == (NOW, 1), "it is read once"


def test_who_asks_afterwards_has_it_read_again() -> None:
    store = Store()
    heard(NOBODY, ONE, store=store)
    assert heard(NOBODY, TWO, store=store) == [TWO]
    assert check(store, NOBODY).failures == 2


@pytest.mark.parametrize("host", ["images..example", ".example", f"{'a' * 64}.example"])
def test_a_host_of_which_there_can_be_none_is_unreachable(host: str) -> None:
    store, url = Store(), f"http://{host}/worker.qcow2"
    assert heard(url, ONE, store=store) == [ONE]
    assert check(store, url).served.reason == Reason.URL_UNREACHABLE
