"""Who holds a Job back is looked at again once there is another room than the one it was held back for."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from airship_images.cluster.apply import Applier
from airship_images.cluster.client import Client, Listed, Object, Resource
from airship_images.cluster.events import EVENTS
from airship_images.cluster.jobs import JobSettings
from airship_images.cluster.references import Referrers
from airship_images.cluster.store import Store
from airship_images.cluster.surroundings import CLAIMS, Surroundings
from airship_images.cluster.table import Key
from airship_images.plan.plan import plan
from airship_images.plan.room import Room
from tests.unit.plan.states import NOW, POLICY, a_state

WORKER = ("default", "worker")
CACHE = {"metadata": {"namespace": "default", "name": "cache"}}


class Cluster(Client):
    """An API server that has some claims, and takes events and statuses."""

    def __init__(self) -> None:
        self.claims: list[Object] = []
        self.woken: list[Key] = []
        self.store = Store()
        self.surroundings = Surroundings(
            self, self.store, lambda: NOW, namespaces=(), nodes=False, changed=self.woken.append
        )
        self.while_told: Callable[[], Awaitable[None]] | None = None
        """What happens before the answer to an event."""

    async def list(self, resource: Resource, namespace: str | None = None, **_: Any) -> Listed:
        return (self.claims if resource is CLAIMS else [], "1")

    async def create(self, resource: Resource, namespace: str, body: Object) -> Object:
        assert resource is EVENTS
        if self.while_told is not None:
            await self.while_told()
        return body

    async def apply_status(self, resource: Resource, namespace: str, body: Object) -> Object:
        return body

    async def gets_its_cache(self) -> None:
        """The claim is made, and seen."""
        self.claims.append(CACHE)
        await self.surroundings.look()

    async def look_at_an_image_without_a_cache(self) -> None:
        await self.surroundings.look()
        assert self.store.survey is not None
        policy = replace(POLICY, cache_claim="cache")
        state = replace(a_state(), policy=policy, room=self.store.survey.of("default"))
        found = plan(state)
        assert [event.reason for event in found.events] == ["ClaimNotFound"]
        await self._applier().apply(state, found)

    def _applier(self) -> Applier:
        return Applier(
            self,
            self.store,
            JobSettings(cache_claim="cache"),
            lambda: NOW,
            referrers=Referrers(self, self.store, lambda: NOW, namespaces=(), host_namespaces=()),
            surroundings=self.surroundings,
            require_lease=lambda: None,
            lease_is_fresh=lambda: True,
            checked=self.woken.append,
        )


@pytest.mark.parametrize("when", ["while its event is told", "afterwards"])
def test_what_a_job_is_held_back_for_may_come_at_any_moment_and_wakes_its_image_with_the_next_look(when: str) -> None:
    cluster = Cluster()

    async def scenario() -> None:
        if when == "while its event is told":
            cluster.while_told = cluster.gets_its_cache
        await cluster.look_at_an_image_without_a_cache()
        assert cluster.woken == []
        if when == "afterwards":
            cluster.claims.append(CACHE)
        await cluster.surroundings.look()

    asyncio.run(scenario())
    assert cluster.woken == [WORKER]


@pytest.mark.parametrize(("room", "woken"), [(Room(NOW, claims={}), []), (None, [WORKER])], ids=["same", "old"])
def test_a_look_that_finds_the_same_room_again_wakes_only_who_has_not_seen_it(
    room: Room | None, woken: list[Key]
) -> None:
    cluster = Cluster()

    async def scenario() -> None:
        cluster.surroundings.hold(WORKER, room)
        await cluster.surroundings.look()

    asyncio.run(scenario())
    assert cluster.woken == woken
