"""A small world to roll out in: hosts, Metal3, people, and an operator whose view lags behind and which may die."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil
from typing import Any, Final, Literal

from airship_images.api.airshipimage import Window
from airship_images.api.durations import duration
from airship_images.api.reasons import Reason
from airship_images.api.status import ImageStatus
from airship_images.plan.batch import slots
from airship_images.plan.eligibility import Claim, MachineTemplate, Objection, objection
from airship_images.plan.host_patch import PatchHost
from airship_images.plan.hosts import FIELD_MANAGER, Host, read
from airship_images.plan.memory import MEMORY, Memory
from airship_images.plan.standing import Standing
from airship_images.plan.steps.rollout import RolloutOutcome, rollout
from tests.bmh.api import ConflictError, HostAPI
from tests.bmh.builders import NOW, Json, a_host, a_state, an_artifact, approved
from tests.bmh.machine import Machine, state_of, step
from tests.bmh.webhook import RefusedError

Fault = Literal["none", "refused", "unanswered", "answer lost"]
HOLDS: Final = ("paused", "other_images", "machine_templates")
"""What of the surroundings keeps every host from being patched; here they are all or none about all hosts."""


@dataclass(frozen=True)
class Planned:
    """What the rules were, and what was to be seen, when the pending patches were planned."""

    strategy: str
    at_once: int
    canary: int
    is_proven: bool
    soak: timedelta
    window: Window | None = None
    held: bool = False
    """Was it paused, did another image or Cluster API want the hosts, or had nobody read the URL?"""


class World:
    """The truth (`api`, `machines`), what the operator has seen of it (`view`), and what is held against it."""

    def __init__(self) -> None:
        self.seconds = 0
        self.api = HostAPI(self.now)
        self.machines: dict[str, Machine] = {}
        self.view: dict[str, Json] = {}
        self._read: dict[str, Host] = {}
        """Each version of each host as it was read once: it always reads the same."""
        self.unseen: list[Json] = []
        """Watch events on their way to the operator, in the order of their versions."""
        self.pending: list[PatchHost] = []
        self.artifact: ImageStatus = an_artifact(1)
        self.rules: Json = {"strategy": "Available", "max_unavailable": 1, "max_failures": 1}
        self.planned = Planned("Available", 1, 0, True, timedelta())
        self.state: dict[str, Any] = {}
        self.refusals: dict[str, Objection] = {}
        self.theirs: set[str] = set()
        """Hosts whose image somebody changed after us, until they hand them back."""
        self.given: set[tuple[str, str]] = set()
        """Who got which digest since it is the desired one."""
        self.in_flight: set[str] = set()
        self.changed_midway: set[str] = set()
        self.blurred: set[str] = set()
        """Hosts whose image was changed in the middle of provisioning and once more after it: time tells no more."""

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
        if state_of(after.host) == "provisioned" and not _is_changing(after.host):
            self.in_flight.discard(name)
        if state_of(after.host) not in {"provisioned", "provisioning"}:
            self.changed_midway.discard(name)
            self.blurred.discard(name)

    def edit(self, name: str, patch: Json, manager: str = "person") -> None:
        """Somebody changes a host, when the webhook lets them."""
        self.seconds += 1
        old = self.api.hosts[name]
        try:
            new = self.api.patch(name, patch, manager)
        except RefusedError:
            return
        self.unseen.append(new)
        memory = _memory(new)
        if new["spec"].get("image") != old["spec"].get("image"):
            self._image_edited(name, memory)
        if memory != _memory(old):
            self.in_flight.discard(name)
        if memory is None:
            self.theirs.discard(name)
            self.given = {pair for pair in self.given if pair[0] != name}

    def publish(self, number: int, *, moved: bool = False) -> None:
        """Another artifact becomes the desired one, perhaps the same bytes under another URL.

        Who had it before may get it once more, as when rolling back.
        """
        wanted = an_artifact(number)
        if wanted.digest != self.artifact.digest:
            self.given.clear()
        self.artifact = wanted.model_copy(update={"url": f"https://new.example/{number}.qcow2"}) if moved else wanted

    # what the operator does

    def plan(self) -> RolloutOutcome:
        """The operator plans on what it has seen; what it believes to run somewhere does run there."""
        state = a_state(
            hosts=tuple(self._as_read(host) for host in self.view.values()),
            artifact=self.artifact,
            rollout=self.rules,
            now=self.now(),
            refusals=dict(self.refusals),
            **self.state,
        )
        outcome = rollout(state)
        assert state.rollout
        updated = [each for each in outcome.assessments if each.standing is Standing.UPDATED]
        selected = len(outcome.assessments)
        canary = min(state.rollout.canary or 0, selected)
        self.planned = Planned(
            strategy=str(state.rollout.strategy),
            at_once=slots(state.rollout.max_unavailable, selected),
            canary=canary,
            is_proven=sum(not each.uses_slot for each in updated) >= canary,
            soak=duration(state.rollout.soak) if state.rollout.soak else timedelta(),
            window=state.rollout.window,
            held=any(self.state.get(each) for each in HOLDS) or state.served is None,
        )
        self.pending = list(outcome.patches)
        for host in (each.host for each in updated):
            live = self.api.hosts[host.name]
            if live["metadata"]["resourceVersion"] == host.resource_version and host.name not in self.blurred:
                self._check_disk(host.name)
        return outcome

    def apply_next(self, judge: Callable[[Host, PatchHost], None], fault: Fault = "none") -> None:
        """The operator sends one planned patch as cluster/hosts.py does; `judge` sees the live host just before."""
        action = self.pending.pop(0)
        live = self._as_read(self.api.hosts[action.name])
        if action.before is not None and self.now() >= action.before:
            return
        if live.resource_version != action.resource_version or objection(live, action.terms):
            return
        if fault in {"refused", "unanswered"}:
            self._refuse(action.name, fault)
            return
        judge(live, action)
        try:
            new = self.api.patch(action.name, action.body, FIELD_MANAGER)
        except ConflictError:
            return
        except RefusedError:
            self._refuse(action.name, "refused")
            return
        self.given.add((action.name, action.terms.artifact.digest))
        self.in_flight.add(action.name)
        self.unseen.append(new)
        if fault == "answer lost":
            self._refuse(action.name, fault)
            return
        self.refusals.pop(action.name, None)
        self._see(new)

    def observe(self, count: int) -> None:
        """The next watch events reach the operator."""
        for host in self.unseen[:count]:
            self._see(host)
        del self.unseen[:count]

    def crash(self) -> None:
        """The operator dies between two actions, and lists everything when it comes back."""
        self.pending, self.unseen, self.refusals = [], [], {}
        self.view = dict(self.api.hosts)

    def wait(self, time: timedelta) -> None:
        """Nothing happens for a while."""
        self.seconds += ceil(time.total_seconds())

    # what is true

    def now(self) -> datetime:
        """The time, which moves with whatever happens to hosts."""
        return NOW + timedelta(seconds=self.seconds)

    def busy(self) -> set[str]:
        """Hosts that we made unavailable: on their way, or with the desired image and not well for long enough yet."""
        wanted = {name for name, given in self.given if given == self.artifact.digest}
        soaking = {name for name in wanted if self._ended(name) + self.planned.soak > self.now()}
        return self.in_flight | (soaking & self._selected() - self.theirs)

    def tried(self, digest: str) -> set[str]:
        """The selected hosts that were given the digest and have it, but for failures that a person has accepted."""
        had = {name for name, given in self.given if given == digest} & self._selected() - self.theirs
        return {name for name in had if not self._is_accepted(name)}

    def _selected(self) -> set[str]:
        return {name for name, host in self.api.hosts.items() if host["metadata"]["labels"].get("role") == "worker"}

    def _is_accepted(self, name: str) -> bool:
        memory, resumed = Memory.load(_memory(self.api.hosts[name]) or ""), self.state.get("resumed")
        if memory is None or resumed is None or state_of(self.api.hosts[name]) == "provisioned":
            return False
        return datetime.fromisoformat(memory.time) < datetime.fromisoformat(resumed)

    def _ended(self, name: str) -> datetime:
        host = self._as_read(self.api.hosts[name])
        return (host.state == "provisioned" and host.provision_ended) or NOW - timedelta(days=1)

    def _as_read(self, raw: Json) -> Host:
        version = raw["metadata"]["resourceVersion"]
        if version not in self._read:
            self._read[version] = read(raw)
        return self._read[version]

    def _check_disk(self, name: str) -> None:
        disk = self.machines[name].disk or {}
        is_there = disk.get("checksum") == self.artifact.checksum or self.artifact.checksum in disk.get("url", "")
        assert is_there, f"{name} is said to run {self.artifact.url}, and has {disk}"

    def _refuse(self, name: str, fault: Fault) -> None:
        reason = Reason.HOST_WRITE_REFUSED if fault == "refused" else Reason.HOST_API_UNAVAILABLE
        self.refusals[name] = Objection(reason, fault)

    def _image_edited(self, name: str, memory: str | None) -> None:
        state = state_of(self.api.hosts[name])
        if memory:
            self.theirs.add(name)
            self.in_flight.discard(name)
        if state == "provisioned" and name in self.changed_midway:
            self.blurred.add(name)
        if state == "provisioning":
            self.changed_midway.add(name)

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


def _is_changing(host: Json) -> bool:
    """Has Metal3 still to begin with what spec.image asks of a provisioned host?"""
    wanted, there = host["spec"].get("image"), host["status"]["provisioning"].get("image")
    return bool(wanted) and wanted["url"] != (there or {}).get("url")


def _version(host: Json) -> int:
    return int(host["metadata"]["resourceVersion"])


def rival() -> Claim:
    """Another image that selects the same hosts."""
    state = a_state()
    return Claim("rival", "rival-uid", state.namespace, state.claim.match_labels)


def greedy_template() -> MachineTemplate:
    """A Metal3MachineTemplate without a hostSelector."""
    return MachineTemplate(a_state().namespace, "greedy", {})


def consent(artifact: ImageStatus) -> Json:
    """The patch by which its owner agrees that a host is erased for the artifact."""
    return {"metadata": {"annotations": approved(artifact)}}


def handed_back(name: str) -> Json:
    """The patch by which a person gives a host to us with nothing on it."""
    labels = a_host(name)["metadata"]["labels"]
    nothing = {"image": None, "consumerRef": None, "customDeploy": None, "automatedCleaningMode": None}
    return {"metadata": {"annotations": None, "labels": labels}, "spec": {"online": True, **nothing}}
