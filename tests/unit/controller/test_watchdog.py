"""When does the operator say that it should be started anew?"""

import asyncio
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

import pytest

from airship_images.cluster.store import Store
from airship_images.cluster.table import Table
from airship_images.controller.health import answering
from airship_images.controller.settings import Listen
from airship_images.controller.watchdog import HEARD_WITHIN, STUCK_AFTER, Watchdog
from hack.cluster.ports import free_ports

LATER = 1e12
"""A moment, in seconds, after everything that happens here."""


def an_object(version: int, name: str = "one") -> dict[str, Any]:
    metadata = {"namespace": "default", "name": name, "uid": f"uid-{name}", "resourceVersion": str(version)}
    return {"metadata": metadata, "spec": {}}


def in_a_while() -> float:
    return time.monotonic() + HEARD_WITHIN + 1


def a_table() -> Table[Any]:
    return Store().images


def test_a_watch_that_tells_of_all_that_was_listed_is_alive() -> None:
    table = a_table()
    table.replace(([an_object(5), an_object(7, "two")], "9"))
    assert table.is_behind(LATER)
    table.hear(an_object(7, "two"))
    assert not table.is_behind(LATER)


def test_a_list_is_given_time_before_the_watch_must_have_told_of_it() -> None:
    table = a_table()
    table.replace(([an_object(5)], "9"))
    assert not table.is_behind(0.0)


def test_a_watch_that_misses_a_change_is_dead_until_it_tells_of_one() -> None:
    table = a_table()
    table.hear(an_object(5))
    table.replace(([an_object(8)], "9"))
    assert table.is_behind(LATER)
    table.hear(an_object(8))
    assert not table.is_behind(LATER)


def test_an_empty_cluster_has_no_dead_watch() -> None:
    table = a_table()
    table.replace(([], "9"))
    assert not table.is_behind(LATER)
    assert Watchdog(Store()).complaint() is None


def test_a_dead_watch_is_named() -> None:
    store = Store()
    store.jobs.replace(([an_object(5)], "9"))
    assert Watchdog(store).complaint() is None
    assert Watchdog(store, in_a_while).complaint() == "the watch of jobs is dead"


def test_a_worker_that_hangs_is_named_with_its_image() -> None:
    now = [0.0]
    dog = Watchdog(Store(), lambda: now[0])
    dog.begins(("default", "worker"))
    now[0] = STUCK_AFTER
    assert dog.complaint() is None
    now[0] += 1
    assert dog.complaint() == "a worker hangs at default/worker"
    dog.ends(("default", "worker"))
    assert dog.complaint() is None


@dataclass(frozen=True)
class Standing:
    leads: bool
    follows: bool

    def is_held(self) -> bool:
        return self.leads

    def is_followed(self) -> bool:
        return self.follows


def ask(port: int, path: str) -> tuple[int, str]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@pytest.mark.parametrize(
    ("complaint", "leads", "follows", "expected"),
    [
        (None, True, False, {"/healthz": (200, "ok"), "/readyz": (200, "ok")}),
        (None, False, True, {"/healthz": (200, "ok"), "/readyz": (200, "standing by")}),
        (None, False, False, {"/healthz": (200, "ok"), "/readyz": (503, "the Lease cannot be read")}),
        ("the watch is dead", True, False, dict.fromkeys(("/healthz", "/readyz"), (503, "the watch is dead"))),
    ],
)
def test_probes_tell_who_leads_and_what_is_wrong(
    complaint: str | None, *, leads: bool, follows: bool, expected: dict[str, tuple[int, str]]
) -> None:
    async def scenario() -> dict[str, tuple[int, str]]:
        listen = Listen(address="127.0.0.1", health_port=free_ports(1)[0], metrics_port=0)
        async with answering(listen, Standing(leads, follows), lambda: complaint):
            return {path: await asyncio.to_thread(ask, listen.health_port, path) for path in expected}

    assert asyncio.run(scenario()) == expected
