"""A small world to roll out in: hosts, Metal3, people, and an operator whose view lags behind and which may die."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from airship_images.api.status import ImageStatus
from airship_images.plan.eligibility import Claim, MachineTemplate, objection
from airship_images.plan.host_patch import PatchHost
from airship_images.plan.hosts import FIELD_MANAGER, Host, read
from airship_images.plan.memory import MEMORY
from airship_images.plan.steps.rollout import RolloutOutcome, rollout
from tests.bmh.api import ConflictError, HostAPI
from tests.bmh.builders import NOW, Json, a_host, a_state, an_artifact
from tests.bmh.machine import Machine, state_of, step
from tests.bmh.webhook import RefusedError


class World:
    """The truth (`api`, `machines`), what the operator has seen of it (`view`), and what is held against it."""

    def __init__(self) -> None:
        self.api = HostAPI()
        self.machines: dict[str, Machine] = {}
        self.view: dict[str, Json] = {}
        self.unseen: list[Json] = []
        """Watch events on their way to the operator, in the order of their versions."""
        self.pending: list[PatchHost] = []
        self.artifact: ImageStatus = an_artifact(1)
        self.max_unavailable = 1
        self.max_failures = 1
        self.limit = 1
        """maxUnavailable of the plan whose patches are pending."""
        self.state: dict[str, Any] = {}
        self.theirs: set[str] = set()
        """Hosts whose image somebody changed after us, until they hand them back."""
        self.given: set[tuple[str, str]] = set()
        """Who got which digest since it is the desired one."""
        self.in_flight: set[str] = set()
        self.seconds = 0

    # what others do

    def add(self, host: Json) -> None:
        """A new host appears."""
        name = host["metadata"]["name"]
        self.machines[name] = Machine(host, disk=host["spec"].get("image"))
        self._store(host)

    def metal3(self, name: str, *, fails: bool = False) -> None:
        """Metal3 looks at one host."""
        self.seconds += 1
        before = replace(self.machines[name], host=self.api.hosts[name])
        after = step(before, self.now().isoformat(), fails=fails)
        self.machines[name] = after
        if after.host != before.host:
            self._store(after.host)
        if state_of(after.host) == "provisioned":
            self.in_flight.discard(name)

    def edit(self, name: str, patch: Json, manager: str = "person") -> None:
        """Somebody changes a host, when the webhook lets them."""
        old = self.api.hosts[name]
        try:
            new = self.api.patch(name, patch, manager)
        except RefusedError:
            return
        self.unseen.append(new)
        memory = _memory(new)
        if new["spec"].get("image") != old["spec"].get("image") and memory:
            self.theirs.add(name)
            self.in_flight.discard(name)
        if memory != _memory(old):
            self.in_flight.discard(name)
        if memory is None:
            self.theirs.discard(name)
            self.given = {pair for pair in self.given if pair[0] != name}

    def publish(self, number: int) -> None:
        """Another artifact becomes the desired one; who had it before may get it once more, as when rolling back."""
        wanted = an_artifact(number)
        if wanted.digest != self.artifact.digest:
            self.given.clear()
        self.artifact = wanted

    # what the operator does

    def plan(self) -> RolloutOutcome:
        """The operator plans on what it has seen."""
        rules = {"max_unavailable": self.max_unavailable, "max_failures": self.max_failures}
        hosts = tuple(self.view.values())
        outcome = rollout(a_state(*hosts, artifact=self.artifact, rollout=rules, now=self.now(), **self.state))
        self.pending, self.limit = list(outcome.patches), self.max_unavailable
        return outcome

    def apply_next(self, judge: Callable[[Host, PatchHost], None]) -> None:
        """The operator sends one planned patch as cluster/hosts.py does; `judge` sees the live host just before."""
        action = self.pending.pop(0)
        live = read(self.api.hosts[action.name])
        if live.resource_version != action.resource_version or objection(live, action.terms):
            return
        judge(live, action)
        try:
            new = self.api.patch(action.name, action.body, FIELD_MANAGER)
        except (ConflictError, RefusedError):
            return
        self.given.add((action.name, action.terms.artifact.digest))
        self.in_flight.add(action.name)
        self.unseen.append(new)
        self._see(new)

    def observe(self, count: int) -> None:
        """The next watch events reach the operator."""
        for host in self.unseen[:count]:
            self._see(host)
        del self.unseen[:count]

    def crash(self) -> None:
        """The operator dies between two actions, and lists everything when it comes back."""
        self.pending = []
        self.unseen = []
        self.view = dict(self.api.hosts)

    def now(self) -> Any:
        """The time, which moves with Metal3."""
        return NOW + timedelta(seconds=self.seconds)

    def _store(self, host: Json) -> None:
        self.api.put(host)
        self.unseen.append(self.api.hosts[host["metadata"]["name"]])

    def _see(self, host: Json) -> None:
        name = host["metadata"]["name"]
        seen = self.view.get(name)
        if seen is None or _version(seen) < _version(host):
            self.view[name] = host


def _memory(host: Json) -> str | None:
    return (host["metadata"].get("annotations") or {}).get(MEMORY)


def _version(host: Json) -> int:
    return int(host["metadata"]["resourceVersion"])


def rival() -> Claim:
    """Another image that selects the same hosts."""
    state = a_state()
    return Claim("rival", "rival-uid", state.namespace, state.claim.match_labels)


def greedy_template() -> MachineTemplate:
    """A Metal3MachineTemplate without a hostSelector."""
    return MachineTemplate(a_state().namespace, "greedy", {})


def handed_back(name: str) -> Json:
    """The patch by which a person gives a host to us with nothing on it."""
    labels = a_host(name)["metadata"]["labels"]
    nothing = {"image": None, "consumerRef": None, "customDeploy": None, "automatedCleaningMode": None}
    return {"metadata": {"annotations": None, "labels": labels}, "spec": {"online": True, **nothing}}
