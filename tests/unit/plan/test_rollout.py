"""Which hosts are patched next, and what the condition RolledOut says: one test a verdict, then the slots."""

from datetime import timedelta
from typing import Any

import pytest

from airship_images.api.airshipimage import LabelSelector
from airship_images.api.reasons import Reason
from airship_images.plan.eligibility import Claim, Objection
from airship_images.plan.served import Served
from airship_images.plan.steps.rollout import RolloutOutcome, rollout
from tests.bmh.builders import (
    LATER,
    NAMESPACE,
    NOW,
    ROLE,
    a_host,
    a_state,
    an_artifact,
    approved,
    image_block,
    remember,
    runs,
    started,
)

OLD, NEW = an_artifact(1), an_artifact(2)
RESUMED = "2026-05-01T12:00:01Z"
OTHER = image_block(an_artifact(9))


def updated(name: str) -> dict[str, Any]:
    image = image_block(NEW)
    status = {"operationHistory": started()}
    memory = {"annotations": remember(NEW)}
    return a_host(name, "provisioned", image=image, status_image=image, metadata=memory, status=status)


def updating(name: str) -> dict[str, Any]:
    memory = {"annotations": remember(NEW)}
    status = {"operationHistory": started()}
    return a_host(name, "provisioning", image=image_block(NEW), metadata=memory, status=status)


def failed(name: str) -> dict[str, Any]:
    memory = {"annotations": remember(NEW)}
    return a_host(name, image=image_block(NEW), metadata=memory, status={"operationHistory": started()})


def roll(*hosts: dict[str, Any], **state: Any) -> RolloutOutcome:
    return rollout(a_state(*hosts, artifact=NEW, **state))


def patched(outcome: RolloutOutcome) -> list[str]:
    return [patch.name for patch in outcome.patches]


@pytest.mark.parametrize("selector", [None, LabelSelector(match_labels=None), LabelSelector(match_labels={})])
def test_an_empty_selector_selects_nothing(selector: LabelSelector | None) -> None:
    outcome = roll(a_host(), rollout={"selector": selector})
    assert (outcome.condition.reason, outcome.patches, outcome.hosts) == (Reason.NO_SELECTOR, (), None)


def test_without_metal3_the_condition_says_so() -> None:
    assert roll(hosts=None).condition.reason is Reason.NO_HOST_API


def test_nothing_is_rolled_out_before_it_is_published() -> None:
    state = a_state(a_host(), artifact=NEW)
    outcome = rollout(type(state)(**{**vars(state), "artifact": None}))
    assert (outcome.condition.reason, outcome.patches) == (Reason.AWAITING_ARTIFACT, ())


def test_hosts_of_another_namespace_are_never_selected() -> None:
    outcome = roll(a_host(metadata={"namespace": "elsewhere"}))
    assert (outcome.condition.reason, outcome.patches) == (Reason.NO_HOST_SELECTED, ())


@pytest.mark.parametrize("strategy", [None, "Manual"])
def test_manual_is_the_default_and_only_reports(strategy: str | None) -> None:
    outcome = roll(a_host("a"), a_host("b"), rollout={"strategy": strategy})
    assert (outcome.condition.reason, outcome.patches) == (Reason.MANUAL, ())
    assert outcome.would_change == ("a", "b")
    assert "a, b" in outcome.condition.message


def test_manual_tells_which_hosts_replace_would_erase() -> None:
    outcome = roll(a_host("free"), runs(OLD, "held"), runs(OLD, "agreed", **approved(NEW)), rollout={"strategy": None})
    assert (outcome.condition.reason, outcome.patches) == (Reason.MANUAL, ())
    assert "Available would change: free; Replace would also erase" in outcome.condition.message
    assert set(outcome.erased) == {"held", "agreed"}


REPLACE = {"strategy": "Replace", "max_unavailable": 9}


def test_replace_erases_only_hosts_whose_owners_agreed_and_names_the_others() -> None:
    outcome = roll(a_host("free"), runs(OLD, "held"), runs(OLD, "agreed", **approved(NEW)), rollout=REPLACE)
    assert patched(outcome) == ["free", "agreed"]
    assert "erased once their owners agree: held" in outcome.condition.message
    assert outcome.hosts
    assert (outcome.hosts.eligible, outcome.hosts.awaiting_approval) == (2, 1)


def test_with_nothing_left_but_hosts_without_consent_it_awaits_approval() -> None:
    outcome = roll(runs(NEW, "done"), runs(OLD, "held"), rollout=REPLACE)
    assert (outcome.condition.reason, outcome.patches) == (Reason.AWAITING_APPROVAL, ())
    assert "the disks of held are erased" in outcome.condition.message
    assert outcome.hosts
    assert [each.reason for each in outcome.hosts.attention] == [Reason.AWAITING_APPROVAL]


def test_hosts_that_hold_nothing_are_taken_before_those_that_are_erased() -> None:
    assert patched(roll(runs(OLD, "a", **approved(NEW)), a_host("z"), rollout={"strategy": "Replace"})) == ["z"]


def test_a_paused_rollout_reports_and_patches_nothing() -> None:
    outcome = roll(a_host(), paused=True)
    assert (outcome.condition.reason, outcome.patches, outcome.would_change) == (Reason.PAUSED, (), ("host-0",))


def test_the_url_is_checked_before_the_first_host_is_sent_there() -> None:
    outcome = roll(a_host(), served=None)
    assert (outcome.condition.reason, outcome.patches, outcome.wants_check) == (Reason.CHECKING_URL, (), True)


def test_a_check_of_an_earlier_artifact_does_not_count() -> None:
    outcome = roll(a_host(), served=Served(an_artifact(1).url, an_artifact(1).digest))
    assert (outcome.condition.reason, outcome.patches) == (Reason.CHECKING_URL, ())


def test_a_url_with_other_bytes_stops_the_rollout_and_is_asked_again_later() -> None:
    served = Served(NEW.url, NEW.digest, Reason.URL_MISMATCH, "serves something else")
    outcome = roll(a_host(), served=served)
    assert (outcome.condition.reason, outcome.patches) == (Reason.URL_MISMATCH, ())
    assert outcome.condition.message == "serves something else"
    assert outcome.wake_after == timedelta(minutes=1)


def test_nothing_is_fetched_where_no_host_could_take_it() -> None:
    outcome = roll(a_host("a", "provisioned", image=OTHER, status_image=OTHER), served=None)
    assert (outcome.condition.reason, outcome.wants_check) == (Reason.HOSTS_HELD, False)


def test_all_hosts_updated_is_rolled_out() -> None:
    outcome = roll(updated("a"), updated("b"))
    assert (outcome.condition.status, outcome.condition.reason) == ("True", Reason.ROLLED_OUT)
    assert outcome.hosts
    assert outcome.hosts.summary == "2/2"


def test_the_demo_updates_its_one_free_host_and_says_why_not_the_others() -> None:
    provisioned = a_host("provisioned", "provisioned", image=OTHER, status_image=OTHER)
    owned = a_host("owned", spec={"consumerRef": {"kind": "Metal3Machine", "name": "m"}})
    before = roll(a_host("available"), provisioned, owned)
    assert patched(before) == ["available"]
    after = roll(updated("available"), provisioned, owned)
    assert (after.condition.status, after.condition.reason, after.patches) == ("False", Reason.HOSTS_HELD, ())
    assert after.hosts
    assert (after.hosts.summary, after.hosts.untouchable) == ("1/3", 2)
    assert {each.name: each.reason for each in after.hosts.attention} == {
        "owned": Reason.HOST_OWNED,
        "provisioned": Reason.NOT_AVAILABLE,
    }


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


def test_the_first_failure_stops_the_rollout() -> None:
    outcome = roll(failed("a"), a_host("b"), rollout={"max_unavailable": 5})
    assert (outcome.condition.reason, outcome.patches) == (Reason.MAX_FAILURES, ())
    assert outcome.hosts
    assert (outcome.hosts.failed, outcome.hosts.attention[0].reason) == (1, Reason.HOST_FAILED)


def test_more_failures_are_borne_where_the_image_says_so() -> None:
    assert patched(roll(failed("a"), a_host("b"), rollout={"max_unavailable": 5, "max_failures": 2})) == ["b"]


def test_a_url_that_gave_other_bytes_before_is_an_error_and_not_a_patch() -> None:
    reused = image_block(NEW, checksum="0" * 64)
    outcome = roll(a_host("a", "provisioned", image=reused, status_image=reused), a_host("b"))
    assert (outcome.condition.reason, outcome.patches) == (Reason.URL_REUSED, ())


def test_a_changed_url_of_the_same_bytes_patches_no_host() -> None:
    moved = an_artifact(2, url="https://new.example/other-name.qcow2")
    outcome = rollout(a_state(updated("a"), artifact=moved))
    assert (outcome.condition.reason, outcome.patches) == (Reason.ROLLED_OUT, ())


def test_two_images_that_select_one_host_leave_it_and_the_condition_says_so() -> None:
    outcome = roll(a_host("a"), other_images=(Claim("storage", "other-uid", NAMESPACE, ROLE),))
    assert (outcome.condition.reason, outcome.patches) == (Reason.CONFLICT, ())


def test_attention_names_twenty_hosts_the_failed_first_and_stays_small() -> None:
    hosts = [a_host(f"h{number:03}", "provisioned", image=OTHER, status_image=OTHER) for number in range(1000)]
    outcome = roll(*hosts, failed("z"), rollout={"max_failures": 9})
    assert outcome.hosts
    assert len(outcome.hosts.attention) == 20
    assert outcome.hosts.attention[0].name == "z"
    assert len(outcome.hosts.model_dump_json()) < 32 << 10
    assert len(outcome.condition.message) <= 1024


def test_the_same_state_gives_the_same_outcome() -> None:
    hosts = (a_host("a"), updating("b"), failed("c"))
    assert roll(*hosts) == roll(*hosts)


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


CANARY = {"canary": 2, "max_unavailable": 5}


def test_the_canary_goes_first_and_the_others_wait_for_it() -> None:
    free = [a_host(f"free-{number}") for number in range(4)]
    assert len(patched(roll(*free, rollout=CANARY))) == 2
    outcome = roll(updated("a"), updating("b"), *free, rollout=CANARY)
    assert (outcome.condition.reason, outcome.patches) == (Reason.ROLLING_OUT, ())
    assert "canary of 2 first" in outcome.condition.message
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
    assert "have to stay well, first until 2026-05-01T12:20:00Z: a" in outcome.condition.message
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


def test_a_conflict_names_the_other_image_and_the_host_even_when_all_hosts_run_it() -> None:
    rival = Claim("storage", "other-uid", NAMESPACE, ROLE)
    for hosts in ([a_host("a")], [updated("a")]):
        outcome = roll(*hosts, other_images=(rival,))
        assert "AirshipImage storage selects a too" in outcome.condition.message
        assert outcome.patches == ()


def test_a_label_that_is_taken_away_erases_no_host() -> None:
    gone = runs(OLD, "a", **approved(NEW))
    gone["metadata"]["labels"] = {"role": "spare"}
    assert patched(roll(gone, a_host("b"), rollout=REPLACE)) == ["b"]


def test_a_moved_url_erases_no_host_even_with_consent() -> None:
    moved = an_artifact(2, url="https://new.example/other-name.qcow2")
    outcome = rollout(a_state(runs(NEW, "a", **approved(NEW)), artifact=moved, rollout=REPLACE))
    assert (outcome.condition.reason, outcome.patches) == (Reason.ROLLED_OUT, ())
