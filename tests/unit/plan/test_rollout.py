"""What does the condition RolledOut say, and which hosts does each verdict leave alone?"""

from dataclasses import replace
from datetime import timedelta

import pytest
import yaml

from airship_images.api.airshipimage import LabelSelector
from airship_images.api.reasons import Reason
from airship_images.plan.eligibility import Claim, MachineTemplate
from airship_images.plan.host_image import MACHINES_V1BETA1
from airship_images.plan.served import Served
from airship_images.plan.steps.rollout import TEMPLATES_LENGTH, rollout
from tests.bmh.builders import (
    NAMESPACE,
    ROLE,
    a_host,
    a_state,
    an_artifact,
    approved,
    image_block,
    runs,
)
from tests.unit.plan.rollouts import NEW, failed, patched, roll, updated, updating

OLD = an_artifact(1)
OTHER = image_block(an_artifact(9))


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


def test_status_has_the_template_that_hosts_of_cluster_api_need_as_long_as_it_is_short() -> None:
    def told(*templates: MachineTemplate) -> str | None:
        owned = a_host("owned", spec={"consumerRef": {"kind": "Metal3Machine", "name": "m"}})
        outcome = rollout(replace(a_state(owned, artifact=NEW), machine_templates=templates))
        assert outcome.hosts
        return outcome.hosts.machine_templates

    def a_template(name: str, note: str) -> MachineTemplate:
        spec = {"automatedCleaningMode": note, "hostSelector": {}}
        return MachineTemplate(NAMESPACE, name, {}, MACHINES_V1BETA1, template={"spec": spec})

    first = told()
    assert first is not None
    assert yaml.safe_load(first)["spec"]["template"]["spec"]["image"]["checksum"] == NEW.checksum
    both = told(a_template("one", "metadata"), a_template("two", "metadata"))
    assert both is not None
    assert [each["metadata"]["name"] for each in yaml.safe_load_all(both)] == [
        f"one-{NEW.short_digest}",
        f"two-{NEW.short_digest}",
    ]
    assert told(a_template("one", "long " * TEMPLATES_LENGTH)) is None
    outcome = roll(a_host("a"))
    assert outcome.hosts
    assert outcome.hosts.machine_templates is None, "a host that nobody owns needs none"


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
