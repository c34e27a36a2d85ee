"""How many hosts are taken at once, which are first, and what stops the others?"""

from datetime import timedelta
from typing import Any

import pytest

from airship_images.api.reasons import Reason
from airship_images.plan.eligibility import Objection
from airship_images.plan.memory import MEMORY
from tests.bmh.builders import LATER, NOW, a_host, an_artifact, image_block, remember, started
from tests.unit.plan.rollouts import NEW, failed, patched, roll, updated, updating

OTHER = image_block(an_artifact(9))
RESUMED = "2026-05-01T12:00:01Z"
CANARY = {"canary": 2, "max_unavailable": 5}


def test_one_host_at_a_time_by_default_in_the_order_of_names() -> None:
    assert patched(roll(a_host("b"), a_host("a"), a_host("c"))) == ["a"]


@pytest.mark.parametrize(("busy", "free"), [(0, 3), (1, 2), (3, 0), (5, 0)])
def test_no_more_than_max_unavailable_hosts_are_on_their_way(busy: int, free: int) -> None:
    hosts = [updating(f"busy-{number}") for number in range(busy)] + [a_host(f"free-{number}") for number in range(9)]
    assert len(patched(roll(*hosts, rollout={"max_unavailable": 3}))) == free


@pytest.mark.parametrize(
    "unwell",
    [
        a_host("z", "registering"),
        a_host("z", "inspecting"),
        a_host("z", status={"operationalStatus": "error", "errorType": "power management error"}),
        a_host("z", "provisioned", image=OTHER, status_image=OTHER, status={"poweredOn": False}),
        a_host("z", metadata={"annotations": {"baremetalhost.metal3.io/detached": ""}}),
        a_host("z", spec={"online": "perhaps"}),
    ],
)
def test_a_host_that_is_not_well_takes_the_slot_of_another(unwell: dict[str, Any]) -> None:
    assert patched(roll(a_host("a"), unwell)) == []
    assert patched(roll(a_host("a"), unwell, rollout={"max_unavailable": 2})) == ["a"]


def test_the_message_tells_who_is_given_it_now_from_who_waits() -> None:
    told = roll(a_host("a"), a_host("b"), updating("c"), rollout={"max_unavailable": 2}).condition.message
    assert told == "0 of 3 hosts run it; unavailable (at most 2): c; given it now: a; wait for a free slot: b"
    assert roll(a_host("a")).condition.message == "0 of 1 hosts run it; unavailable (at most 1): none; given it now: a"


def test_a_host_on_its_way_uses_its_slot_even_when_it_is_selected_no_more() -> None:
    moved = updating("moved")
    moved["metadata"]["labels"] = {"role": "spare"}
    assert patched(roll(a_host("a"), moved)) == []


def test_a_host_that_waits_for_a_former_image_keeps_its_slot_and_is_the_one_to_be_patched() -> None:
    former = an_artifact(1)
    latched = a_host("z", image=image_block(former), metadata={"annotations": remember(former)})
    assert patched(roll(a_host("a"), latched)) == ["z"]
    assert patched(roll(a_host("a"), latched, rollout={"max_unavailable": 2})) == ["z", "a"]


def test_with_health_annotation_the_next_host_waits_for_it() -> None:
    assert patched(roll(updated("a"), a_host("b"), rollout={"health": "Annotation"})) == []
    well = updated("a")
    well["metadata"]["annotations"]["airshipit.org/image-healthy"] = NEW.digest
    assert patched(roll(well, a_host("b"), rollout={"health": "Annotation"})) == ["b"]


def test_a_canary_that_nobody_can_read_any_more_is_not_replaced_by_another_host() -> None:
    lost = updating("z")
    lost["metadata"]["annotations"] = {MEMORY: "nonsense"}
    assert patched(roll(lost, a_host("a"), rollout={"canary": 1, "max_unavailable": 5})) == []
    other = a_host("z", image=OTHER, metadata={"annotations": {MEMORY: "nonsense"}})
    assert patched(roll(other, a_host("a"), rollout={"canary": 1, "max_unavailable": 5})) == ["a"]


def test_the_first_failure_stops_the_rollout() -> None:
    outcome = roll(failed("a"), a_host("b"), rollout={"max_unavailable": 5})
    assert (outcome.condition.reason, outcome.patches) == (Reason.MAX_FAILURES, ())
    assert outcome.hosts
    assert (outcome.hosts.failed, outcome.hosts.attention[0].reason) == (1, Reason.HOST_FAILED)


def test_more_failures_are_borne_where_the_image_says_so() -> None:
    assert patched(roll(failed("a"), a_host("b"), rollout={"max_unavailable": 5, "max_failures": 2})) == ["b"]


def test_a_host_that_refuses_is_told_of_and_tried_again_beside_the_others() -> None:
    refusal = Objection(Reason.HOST_WRITE_REFUSED, "BareMetalHost one: spec.bmc is wrong")
    rules = {"max_unavailable": 2}
    outcome = roll(a_host("one"), a_host("two"), rollout=rules, refusals={"one": refusal})
    assert outcome.condition.reason is Reason.HOST_WRITE_REFUSED
    assert "spec.bmc is wrong" in outcome.condition.message
    assert [patch.name for patch in outcome.patches] == ["two", "one"]


@pytest.mark.parametrize(("share", "hosts", "taken"), [("50%", 5, 2), ("100%", 5, 5), ("1%", 5, 1), ("10%", 29, 2)])
def test_a_percentage_is_of_the_selected_hosts_rounded_down_and_at_least_one(
    share: str, hosts: int, taken: int
) -> None:
    fleet = [a_host(f"h{number:02}") for number in range(hosts)]
    assert len(patched(roll(*fleet, rollout={"max_unavailable": share}))) == taken


def test_the_canary_goes_first_and_the_others_wait_for_it() -> None:
    free = [a_host(f"free-{number}") for number in range(4)]
    assert len(patched(roll(*free, rollout=CANARY))) == 2
    outcome = roll(updated("a"), updating("b"), *free, rollout=CANARY)
    assert (outcome.condition.reason, outcome.patches) == (Reason.ROLLING_OUT, ())
    assert "canary of 2 first; unavailable (at most 5): b; wait for the canary: free-0," in outcome.condition.message
    assert len(patched(roll(updated("a"), updated("b"), *free, rollout=CANARY))) == 4


def test_one_failure_of_the_canary_stops_the_rollout_whatever_max_failures_says() -> None:
    outcome = roll(updated("a"), failed("b"), a_host("c"), rollout={**CANARY, "max_failures": 9})
    assert (outcome.condition.reason, outcome.patches) == (Reason.CANARY_FAILED, ())
    assert "airshipit.org/rollout-resumed" in outcome.condition.message


def test_a_canary_larger_than_the_fleet_is_the_whole_fleet() -> None:
    assert roll(updated("a"), rollout={"canary": 9}).condition.reason is Reason.ROLLED_OUT


def test_a_resumed_rollout_goes_on_past_the_failures_there_were_and_stops_at_the_next() -> None:
    rules = {"max_unavailable": 5, "canary": 1}
    assert patched(roll(failed("a"), a_host("b"), a_host("c"), rollout=rules, resumed=RESUMED)) == ["b"]
    outcome = roll(failed("a"), a_host("b"), rollout=rules, resumed="2026-05-01T11:00:00Z")
    assert (outcome.condition.reason, outcome.patches) == (Reason.CANARY_FAILED, ())


def test_a_time_that_is_none_resumes_nothing_and_is_told_of() -> None:
    outcome = roll(failed("a"), a_host("b"), resumed="yes")
    assert (outcome.condition.reason, outcome.patches) == (Reason.MAX_FAILURES, ())
    assert "found 'yes', expected a time with its zone" in outcome.condition.message


def test_a_soaking_host_keeps_its_slot_and_the_plan_wakes_when_it_has_been_well_for_long_enough() -> None:
    soaking = updated("a")
    soaking["status"]["operationHistory"] = started(LATER, "2026-05-01T11:50:00Z")
    outcome = roll(soaking, a_host("b"), rollout={"soak": "30m"})
    assert (outcome.condition.reason, outcome.patches) == (Reason.ROLLING_OUT, ())
    assert outcome.condition.message == (
        "1 of 2 hosts run it; have to stay well, first until 2026-05-01T12:20:00Z: a; unavailable (at most 1): a; "
        "wait for a free slot: b"
    )
    assert outcome.wake_after == timedelta(minutes=20)
    assert outcome.hosts
    assert (outcome.hosts.updated, outcome.hosts.soaking) == (1, 1)
    assert patched(roll(soaking, a_host("b"), rollout={"soak": "30m"}, now=NOW + timedelta(minutes=20))) == ["b"]


def test_a_patch_that_may_have_got_through_unseen_keeps_its_place_before_a_host_that_came_since() -> None:
    unknown = {"b": Objection(Reason.HOST_API_UNAVAILABLE, "no answer")}
    assert patched(roll(a_host("a"), a_host("b"), refusals=unknown)) == ["b"]


def test_a_host_that_was_refused_lets_the_others_pass() -> None:
    refused = {"a": Objection(Reason.HOST_WRITE_REFUSED, "spec.bmc is wrong")}
    assert patched(roll(a_host("a"), a_host("b"), refusals=refused)) == ["b"]
