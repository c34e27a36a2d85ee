"""Whatever people, Cluster API, Metal3 and crashes do: is a rollout ever outside its rules, and does it always end?"""

from typing import Any, Final

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from airship_images.api.annotations import APPROVED_IMAGE
from airship_images.api.reasons import Reason
from airship_images.plan.host_patch import PatchHost
from airship_images.plan.hosts import DETACHED, PAUSED, Host
from airship_images.plan.served import Served
from airship_images.plan.steps.rollout import RolloutOutcome
from tests.bmh.builders import Json, a_host, an_artifact
from tests.bmh.happenings import ARTIFACTS, EDITS, FAULTS, FIRST_HOSTS, IMAGE_KEYS, NAMES, RULES, WINDOW
from tests.bmh.machine import state_of
from tests.bmh.world import Fault, World, consent, greedy_template, handed_back, rival

STEPS: Final = 60
EXAMPLES: Final = 500
"""About 22,000 steps."""
LONGER: Final = 1.25
"""The profile soak asks for 20,000 examples: with a quarter more it is a million steps."""
ROUNDS: Final = 200
"""More than six hosts one after the other can need."""

steps_taken = 0


class RolloutMachine(RuleBasedStateMachine):
    """A world and everything that can happen in it."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()

    @initialize(makes=st.lists(FIRST_HOSTS | st.just(a_host), min_size=2, max_size=5), rules=RULES)
    def there_are_hosts(self, makes: list[Any], rules: Json) -> None:
        self.world.rules = dict(rules)
        for number, make in enumerate(makes):
            self.world.add(make(f"h{number}"))

    @rule(name=NAMES, make=FIRST_HOSTS)
    def a_host_appears(self, name: str, make: Any) -> None:
        if name not in self.world.api.hosts:
            self.world.add(make(name))

    @rule(name=NAMES, fails=st.sampled_from([False, False, False, True]), looks=st.integers(1, 4))
    def metal3_looks(self, name: str, fails: bool, looks: int) -> None:
        if name in self.world.api.hosts:
            for _ in range(looks):
                self.world.metal3(name, fails=fails)

    @rule(name=NAMES, patch=EDITS, manager=st.sampled_from(["person", "argocd"]))
    def somebody_edits_a_host(self, name: str, patch: Json, manager: str) -> None:
        if name in self.world.api.hosts:
            self.world.edit(name, patch, manager)

    @rule(name=NAMES, keys=IMAGE_KEYS)
    def somebody_edits_the_image(self, name: str, keys: Json) -> None:
        if self.world.api.hosts.get(name, {"spec": {}})["spec"].get("image"):
            self.world.edit(name, {"spec": {"image": keys}})

    @rule(name=NAMES)
    def somebody_hands_a_host_back(self, name: str) -> None:
        if name in self.world.api.hosts:
            self.world.edit(name, handed_back(name))

    @rule(names=st.sets(NAMES, min_size=1))
    def owners_agree(self, names: set[str]) -> None:
        for name in sorted(names & set(self.world.api.hosts)):
            self.world.edit(name, consent(self.world.artifact))

    @rule(number=ARTIFACTS, moved=st.booleans())
    def another_artifact_is_published(self, number: int, moved: bool) -> None:
        self.world.publish(number, moved=moved)

    @rule(rules=RULES, paused=st.sampled_from([False, False, True]))
    def the_rollout_is_edited(self, rules: Json, paused: bool) -> None:
        self.world.rules = dict(rules)
        self.world.state["paused"] = paused

    @rule()
    def a_person_resumes(self) -> None:
        self.world.state["resumed"] = self.world.now().isoformat()

    @rule(contested=st.booleans(), claimable=st.booleans(), served=st.booleans())
    def the_surroundings_change(self, contested: bool, claimable: bool, served: bool) -> None:
        self.world.state["other_images"] = (rival(),) if contested else ()
        self.world.state["machine_templates"] = (greedy_template(),) if claimable else ()
        if served:
            self.world.state.pop("served", None)
        else:
            self.world.state["served"] = None

    @rule()
    def calm_returns(self) -> None:
        self.world.state = {}

    @rule(count=st.integers(1, 20))
    def the_operator_sees(self, count: int) -> None:
        self.world.observe(count)

    @rule()
    def the_operator_plans(self) -> None:
        self.world.plan()

    @precondition(lambda self: self.world.pending)
    @rule(fault=FAULTS)
    def the_operator_applies(self, fault: Fault) -> None:
        self.world.apply_next(self.judge, fault)

    @rule(rounds=st.integers(1, 4), fails=st.sampled_from([False, False, True]))
    def all_goes_its_way(self, rounds: int, fails: bool) -> None:
        for _ in range(rounds):
            self.one_round(fails=fails)

    @rule(number=ARTIFACTS, rounds=st.integers(1, 6))
    def an_upgrade_begins(self, number: int, rounds: int) -> None:
        self.world.state = {}
        self.world.rules["strategy"] = "Replace"
        self.world.publish(number)
        self.owners_agree(set(self.world.api.hosts))
        self.all_goes_its_way(rounds, fails=False)

    @rule()
    def the_operator_dies(self) -> None:
        self.world.crash()

    @invariant()
    def count(self) -> None:
        global steps_taken  # noqa: PLW0603 - Hypothesis makes the machines; the test prints their steps
        steps_taken += 1

    def judge(self, host: Host, action: PatchHost) -> None:
        """What must hold of the live host at the moment of a patch, whatever the operator believed."""
        world, machine, digest = self.world, self.world.machines[host.name], action.terms.artifact.digest
        assert world.planned.strategy in {"Available", "Replace"}
        assert not world.planned.held, "paused, contested, claimable, or its URL not read"
        assert world.planned.window is None or world.now().minute % 2 == 0, "outside its window"
        assert (host.operational_status, host.error_type) == ("OK", "")
        if host.state == "provisioned":
            assert world.planned.strategy == "Replace"
            assert host.annotations.get(APPROVED_IMAGE) == digest, "erased without consent"
            assert host.memory, "erased what we did not put there"
            assert machine.disk is not None
            assert machine.disk["checksum"] not in digest, "erased for what it has"
            assert machine.disk["url"] == host.memory.url, "erased what somebody else put there"
        else:
            assert host.state in {"available", "ready"}
            assert machine.disk is None, "a disk that holds something"
        assert machine.deploying is None
        assert (host.online, host.consumer, host.custom_deploy, host.externally_provisioned) == (
            True,
            None,
            False,
            False,
        )
        assert not host.deleting
        assert not set(host.annotations) & {PAUSED, DETACHED}
        assert host.labels.get("role") == "worker"
        assert host.automated_cleaning_mode in {None, "metadata"}
        assert host.image is None or (host.memory and host.memory.image == host.image), "an image of somebody else"
        assert host.name not in world.theirs, "asserted again over a person"
        assert (host.name, digest) not in world.given, "given twice"
        assert host.name in world.busy() or len(world.busy()) < world.planned.at_once, "more than maxUnavailable"
        assert world.planned.is_proven or len(world.tried(digest)) < world.planned.canary, "more than the canary"

    def teardown(self) -> None:
        """Once everybody hands the hosts back and nothing fails, the rollout ends by itself, and so does the next."""
        world = self.world
        world.state, world.refusals = {}, {}
        world.rules = {"strategy": "Available", "max_unavailable": 2, "max_failures": 1}
        world.publish(7)
        for name in world.api.hosts:
            world.edit(name, handed_back(name))
        self.ends_with(7)
        world.rules = {"strategy": "Replace", "max_unavailable": "40%", "canary": 1, "soak": "9s", "window": WINDOW}
        world.publish(8)
        for name in world.api.hosts:
            world.edit(name, consent(world.artifact))
        self.ends_with(8)

    def ends_with(self, number: int) -> None:
        """The artifact of this number comes to every host in the end."""
        world, wanted = self.world, an_artifact(number)
        if world.api.hosts:
            assert any(self.patient_round().condition.reason is Reason.ROLLED_OUT for _ in range(ROUNDS))
            assert {state_of(host) for host in world.api.hosts.values()} == {"provisioned"}
            assert {machine.disk["url"] for machine in world.machines.values() if machine.disk} == {wanted.url}

    def patient_round(self) -> RolloutOutcome:
        """A round, and where nothing happened in it, the time until the operator wakes by itself."""
        before = dict(self.world.api.hosts)
        outcome = self.one_round()
        if outcome.wake_after is not None and self.world.api.hosts == before:
            self.world.wait(outcome.wake_after)
        return outcome

    def one_round(self, *, fails: bool = False) -> RolloutOutcome:
        """Metal3 looks at every host once, and the operator does all that it sees fit."""
        world = self.world
        for name in world.api.hosts:
            world.metal3(name, fails=fails)
        world.observe(len(world.unseen))
        outcome = world.plan()
        while world.pending:
            world.apply_next(self.judge)
        return outcome


def test_a_rollout_is_never_outside_its_rules_and_ends_when_nothing_blocks(capsys: pytest.CaptureFixture[str]) -> None:
    before = steps_taken
    run_state_machine_as_test(
        RolloutMachine,
        settings=settings(
            max_examples=max(EXAMPLES, int(settings().max_examples * LONGER)),
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
    with capsys.disabled():
        print(f"\nrollout steps: {steps_taken - before}")
    assert steps_taken - before >= 20_000


def test_a_served_check_is_of_one_url_and_one_digest() -> None:
    world = World()
    world.add(a_host("h0"))
    world.observe(1)
    world.state["served"] = Served(an_artifact(1).url, an_artifact(2).digest)
    assert world.plan().condition.reason is Reason.CHECKING_URL
