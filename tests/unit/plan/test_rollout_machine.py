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

from airship_images.api.reasons import Reason
from airship_images.plan.host_patch import PatchHost
from airship_images.plan.hosts import DETACHED, PAUSED, Host
from airship_images.plan.memory import MEMORY
from airship_images.plan.served import Served
from airship_images.plan.standing import HEALTHY
from airship_images.plan.steps.rollout import RolloutOutcome
from tests.bmh.builders import Json, a_host, an_artifact, image_block
from tests.bmh.machine import state_of
from tests.bmh.world import World, greedy_template, handed_back, rival

STEPS: Final = 60
EXAMPLES: Final = 600
"""About 30,000 steps; the profile soak asks for 20,000 examples, a million steps."""
ARTIFACTS: Final = st.integers(1, 4)
NAMES: Final = st.sampled_from([f"h{number}" for number in range(6)])
OTHER: Final = image_block(an_artifact(99), url="http://elsewhere.example/os.qcow2")
ROUNDS: Final = 200
"""More than six hosts one after the other can need."""

FIRST_HOSTS: Final = st.sampled_from(
    [
        a_host,
        lambda name: a_host(name, "registering"),
        lambda name: a_host(name, "inspecting"),
        lambda name: a_host(name, "provisioned", image=OTHER, status_image=OTHER),
        lambda name: a_host(name, spec={"online": False}),
        lambda name: a_host(name, spec={"consumerRef": {"kind": "Metal3Machine", "name": "m"}}),
        lambda name: a_host(name, spec={"automatedCleaningMode": "disabled"}),
    ]
)

IMAGES: Final = st.sampled_from([None, OTHER, {"url": "oci://elsewhere.example/os", "checksum": None}])
IMAGE_KEYS: Final = st.sampled_from(
    [{"checksum": "0" * 64}, {"checksum": None}, {"format": "raw"}, {"url": OTHER["url"]}]
)
SPEC_EDITS: Final = st.sampled_from(
    [
        {"online": False},
        {"online": True},
        {"consumerRef": {"kind": "Metal3Machine", "name": "m"}},
        {"consumerRef": None},
        {"customDeploy": {"method": "x"}},
        {"customDeploy": None},
        {"automatedCleaningMode": "disabled"},
        {"automatedCleaningMode": "metadata"},
    ]
)
ANNOTATION_EDITS: Final = st.sampled_from(
    [
        {PAUSED: ""},
        {PAUSED: None},
        {DETACHED: ""},
        {DETACHED: None},
        {MEMORY: None},
        {MEMORY: "nonsense"},
        {HEALTHY: "x"},
    ]
)

steps_taken = 0


class RolloutMachine(RuleBasedStateMachine):
    """A world and everything that can happen in it."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()

    @initialize(makes=st.lists(FIRST_HOSTS | st.just(a_host), min_size=2, max_size=5), at_once=st.integers(1, 3))
    def there_are_hosts(self, makes: list[Any], at_once: int) -> None:
        self.world.max_unavailable = at_once
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

    @rule(name=NAMES, image=IMAGES, manager=st.sampled_from(["person", "argocd"]))
    def somebody_sets_or_clears_the_image(self, name: str, image: Json | None, manager: str) -> None:
        if name in self.world.api.hosts:
            self.world.edit(name, {"spec": {"image": image}}, manager)

    @rule(name=NAMES, keys=IMAGE_KEYS)
    def somebody_edits_the_image(self, name: str, keys: Json) -> None:
        if self.world.api.hosts.get(name, {"spec": {}})["spec"].get("image"):
            self.world.edit(name, {"spec": {"image": keys}})

    @rule(name=NAMES, spec=SPEC_EDITS)
    def somebody_edits_the_spec(self, name: str, spec: Json) -> None:
        if name in self.world.api.hosts:
            self.world.edit(name, {"spec": spec})

    @rule(name=NAMES, artifact=ARTIFACTS)
    def somebody_sets_one_of_our_images_by_hand(self, name: str, artifact: int) -> None:
        if name in self.world.api.hosts:
            self.world.edit(name, {"spec": {"image": image_block(an_artifact(artifact))}})

    @rule(name=NAMES, annotations=ANNOTATION_EDITS)
    def somebody_annotates(self, name: str, annotations: dict[str, str | None]) -> None:
        if name in self.world.api.hosts:
            self.world.edit(name, {"metadata": {"annotations": annotations}})

    @rule(name=NAMES, role=st.sampled_from(["worker", "spare"]))
    def somebody_relabels(self, name: str, role: str) -> None:
        if name in self.world.api.hosts:
            self.world.edit(name, {"metadata": {"labels": {"role": role}}})

    @rule(number=ARTIFACTS)
    def another_artifact_is_published(self, number: int) -> None:
        self.world.publish(number)

    @rule(at_once=st.integers(1, 3), failures=st.integers(1, 3), paused=st.sampled_from([False, False, True]))
    def the_rollout_is_edited(self, at_once: int, failures: int, paused: bool) -> None:
        self.world.max_unavailable, self.world.max_failures = at_once, failures
        self.world.state["paused"] = paused

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
    @rule()
    def the_operator_applies(self) -> None:
        self.world.apply_next(self.judge)

    @rule()
    def all_goes_its_way(self) -> None:
        self.one_round()

    @rule()
    def the_operator_dies(self) -> None:
        self.world.crash()

    @invariant()
    def count(self) -> None:
        global steps_taken  # noqa: PLW0603 - Hypothesis makes the machines; the test prints their steps
        steps_taken += 1

    def judge(self, host: Host, action: PatchHost) -> None:
        """What must hold of the live host at the moment of a patch, whatever the operator believed."""
        machine = self.world.machines[host.name]
        assert (machine.disk, machine.deploying) == (None, None), "a disk that holds something"
        assert (host.state, host.operational_status, host.error_type) in {("available", "OK", ""), ("ready", "OK", "")}
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
        assert host.name not in self.world.theirs, "asserted again over a person"
        assert (host.name, action.terms.artifact.digest) not in self.world.given, "given twice"
        on_its_way = self.world.in_flight
        assert host.name in on_its_way or len(on_its_way) < self.world.limit, "more than maxUnavailable"

    def teardown(self) -> None:
        """Once everybody hands the hosts back and nothing fails, the rollout ends by itself."""
        world = self.world
        world.state, world.max_unavailable, world.max_failures = {}, 2, 1
        world.publish(7)
        for name in world.api.hosts:
            world.edit(name, handed_back(name))
        if world.api.hosts:
            assert any(self.one_round().condition.reason is Reason.ROLLED_OUT for _ in range(ROUNDS))
            assert {state_of(host) for host in world.api.hosts.values()} == {"provisioned"}
            assert {machine.disk["url"] for machine in world.machines.values() if machine.disk} == {an_artifact(7).url}

    def one_round(self) -> RolloutOutcome:
        """Metal3 looks at every host once, and the operator does all that it sees fit."""
        world = self.world
        for name in world.api.hosts:
            world.metal3(name)
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
            max_examples=max(EXAMPLES, settings().max_examples),
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
    with capsys.disabled():
        print(f"\nrollout steps: {steps_taken - before}")


def test_a_served_check_is_of_one_url_and_one_digest() -> None:
    world = World()
    world.add(a_host("h0"))
    world.observe(1)
    world.state["served"] = Served(an_artifact(1).url, an_artifact(2).digest)
    assert world.plan().condition.reason is Reason.CHECKING_URL
