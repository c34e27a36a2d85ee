"""How do the hosts of a namespace stand to its images? Seen with the rights of whoever asks, and never written."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from airship_images.api.errors import InputError
from airship_images.api.reasons import Reason
from airship_images.cluster.client import Client
from airship_images.cluster.gather import Gatherer
from airship_images.cluster.resync import resync_rollouts
from airship_images.cluster.store import Store
from airship_images.plan.hosts import Host
from airship_images.plan.plan import standing_hosts
from airship_images.plan.rolling import RolledOut, Round
from airship_images.plan.state import Policy, State


@dataclass(frozen=True)
class Rollout:
    """One image, and what its operator sees when it looks at its hosts, or why it has nothing to give them."""

    state: State
    found: Round | RolledOut

    @property
    def round(self) -> Round | None:
        """The look at its hosts; None where there is nothing to give."""
        return self.found if isinstance(self.found, Round) else None

    def expect_round(self) -> Round:
        """The look at its hosts; raises InputError where there is nothing to give."""
        if isinstance(self.found, Round):
            return self.found
        identity = self.state.identity
        expected = "an image that can be given to hosts"
        raise InputError(
            f"AirshipImage {identity.namespace}/{identity.name}", self.found.message, expected, reason=self.found.reason
        )


@dataclass(frozen=True)
class View:
    """The hosts of a namespace and the images that have plans for them."""

    hosts: tuple[Host, ...]
    rollouts: tuple[Rollout, ...]


async def look(client: Client, namespace: str, name: str | None) -> View:
    """The rollouts of the namespace, or of the image `name`; raises InputError when there is no such image.

    It needs the right to list AirshipImages, BareMetalHosts and Metal3MachineTemplates.
    """
    store = Store()
    await resync_rollouts(client, store, namespace)
    if name is not None and store.images.get((namespace, name)) is None:
        raise InputError("IMAGE", name, f"an AirshipImage of namespace {namespace}", reason=Reason.IMAGE_NOT_FOUND)
    gatherer = Gatherer(store, client, Policy("", frozenset(), "", ""), lambda: datetime.now(UTC))
    keys = sorted(key for key, _ in store.images.in_namespace(namespace) if name in {None, key[1]})
    states = [state for key in keys if (state := await gatherer.gather(key)) is not None]
    hosts = sorted((host for _, host in store.hosts.in_namespace(namespace)), key=lambda host: host.name)
    return View(tuple(hosts), tuple(_rollouts(states, everything=name is None)))


def _rollouts(states: list[State], *, everything: bool) -> Iterator[Rollout]:
    for state in states:
        if not everything or (state.spec is not None and state.spec.rollout is not None):
            yield Rollout(state, standing_hosts(state))
