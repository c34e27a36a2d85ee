"""Where a host stands: a table of memory, spec and status."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from airship_images.api.annotations import IMAGE_HEALTHY
from airship_images.api.reasons import Reason
from airship_images.plan.hosts import read
from airship_images.plan.standing import Assessment, Standing, Trust, assess
from tests.bmh.api import image_fields
from tests.bmh.builders import (
    BEFORE,
    LATER,
    NOW,
    a_host,
    a_state,
    an_artifact,
    approved,
    image_block,
    remember,
    runs,
    started,
    terms_of,
)

OLD, NEW = an_artifact(1), an_artifact(2)
MIRRORED = image_block(NEW, url="http://mirror.example/worker.qcow2")


def stands(raw: dict[str, Any], **state: Any) -> Assessment:
    return assess(read(raw), terms_of(a_state(artifact=NEW, **state)), Trust(NOW))


def given(state: str, *, status_image: dict[str, Any] | None = None, **status: Any) -> dict[str, Any]:
    """A host that we gave NEW, after it had been provisioned at BEFORE."""
    memory = {"annotations": remember(NEW, previous_start=BEFORE)}
    return a_host(state=state, image=image_block(NEW), status_image=status_image, metadata=memory, status=status)


def test_provisioned_with_our_image_after_the_patch_is_updated() -> None:
    found = stands(given("provisioned", status_image=image_block(NEW), operationHistory=started()))
    assert (found.standing, found.uses_slot, found.note) == (Standing.UPDATED, False, None)


@pytest.mark.parametrize("history", [{}, started(BEFORE)])
def test_a_status_from_before_the_patch_proves_nothing(history: dict[str, Any]) -> None:
    found = stands(given("provisioned", status_image=image_block(NEW), operationHistory=history))
    assert (found.standing, found.uses_slot) == (Standing.UPDATING, True)


@pytest.mark.parametrize("state", ["available", "preparing", "provisioning"])
def test_on_its_way_it_uses_a_slot(state: str) -> None:
    history = started(LATER) if state == "provisioning" else started(BEFORE)
    found = stands(given(state, operationHistory=history))
    assert (found.standing, found.uses_slot, found.note) == (Standing.UPDATING, True, None)


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("available", {}),
        ("deprovisioning", {}),
        ("provisioning", {"operationalStatus": "error", "errorType": "provisioning error"}),
        ("provisioning", {"provisioningFailCount": 1}),
    ],
)
def test_leaving_provisioning_without_being_provisioned_is_a_failure(state: str, status: dict[str, Any]) -> None:
    found = stands(given(state, operationHistory=started(), **status))
    assert (found.standing, found.uses_slot) == (Standing.FAILED, True)
    assert found.note
    assert found.note.reason is Reason.HOST_FAILED


def test_a_host_with_the_same_bytes_from_another_url_is_up_to_date_and_never_patched() -> None:
    host = a_host(state="provisioned", image=MIRRORED, status_image=MIRRORED)
    assert stands(host).standing is Standing.UPDATED


def test_a_host_that_only_asks_for_the_bytes_does_not_run_them() -> None:
    host = a_host(state="provisioned", image=MIRRORED, status_image=image_block(OLD))
    assert stands(host).standing is Standing.UNTOUCHABLE


def test_a_status_that_a_change_during_provisioning_made_false_is_not_believed() -> None:
    """We gave OLD; somebody set NEW while OLD was being written; Metal3 says NEW, the disk holds OLD."""
    host = a_host(
        state="provisioned",
        image=image_block(NEW),
        status_image=image_block(NEW),
        metadata={"annotations": remember(OLD)},
        status={"operationHistory": started()},
    )
    found = stands(host)
    assert found.standing is Standing.UNTOUCHABLE
    assert found.note
    assert found.note.reason is Reason.HOST_DRIFTED


def test_a_host_provisioned_with_our_former_image_is_left_alone_and_uses_no_slot() -> None:
    host = a_host(
        state="provisioned",
        image=image_block(OLD),
        status_image=image_block(OLD),
        metadata={"annotations": remember(OLD)},
        status={"operationHistory": started()},
    )
    found = stands(host)
    assert (found.standing, found.uses_slot) == (Standing.UNTOUCHABLE, False)
    assert found.note
    assert found.note.reason is Reason.NOT_AVAILABLE


def test_a_host_that_waits_switched_off_for_our_former_image_uses_a_slot() -> None:
    """Metal3 has latched the image: the host provisions as soon as somebody switches it on."""
    memory = {"annotations": remember(OLD, previous_start=BEFORE)}
    found = stands(a_host(image=image_block(OLD), metadata=memory, spec={"online": False}))
    assert (found.standing, found.uses_slot) == (Standing.UNTOUCHABLE, True)


@pytest.mark.parametrize(
    "change",
    [
        {"state": "registering"},
        {"state": "deprovisioning"},
        {"status": {"operationalStatus": "error", "errorType": "inspection error"}},
        {"metadata": {"annotations": {"baremetalhost.metal3.io/paused": ""}}},
        {"metadata": {"deletionTimestamp": "2026-05-01T00:00:00Z"}},
        {
            "state": "provisioned",
            "image": image_block(OLD),
            "status_image": image_block(OLD),
            "spec": {"online": False},
        },
        {"state": "provisioned", "image": image_block(OLD), "status": {"poweredOn": False}},
    ],
)
def test_a_host_that_is_not_well_for_whatever_reason_uses_a_slot(change: dict[str, Any]) -> None:
    found = stands(a_host(**change))
    assert (found.standing, found.uses_slot) == (Standing.UNTOUCHABLE, True)


@pytest.mark.parametrize("annotation", [None, OLD.digest, NEW.digest])
def test_with_health_annotation_an_updated_host_is_healthy_once_somebody_says_so(annotation: str | None) -> None:
    host = given("provisioned", status_image=image_block(NEW), operationHistory=started())
    if annotation:
        host["metadata"]["annotations"][IMAGE_HEALTHY] = annotation
    found = assess(read(host), terms_of(a_state(artifact=NEW)), Trust(NOW, "Annotation"))
    assert (found.standing, found.uses_slot) == (Standing.UPDATED, annotation != NEW.digest)


def test_a_host_that_cluster_api_took_while_it_was_on_its_way_is_reported() -> None:
    host = given("available")
    host["spec"]["consumerRef"] = {"kind": "Metal3Machine", "name": "m"}
    found = stands(host)
    assert found.standing is Standing.UPDATING
    assert found.note
    assert found.note.reason is Reason.HOST_OWNED


def test_an_image_that_was_changed_and_changed_back_after_us_is_not_believed() -> None:
    """Theirs was deployed, and ours set again in the middle: Metal3 says ours, the disk holds theirs."""
    host = given("provisioned", status_image=image_block(NEW), operationHistory=started())
    host["metadata"]["managedFields"] = [image_fields("kubectl-edit", image_block(NEW), NOW)]
    found = stands(host)
    assert (found.standing, found.uses_slot) == (Standing.UNTOUCHABLE, False)
    assert found.note
    assert (found.note.reason, "changed and changed back" in found.note.message) == (Reason.HOST_DRIFTED, True)


@pytest.mark.parametrize(
    ("written", "standing"),
    [("12:00:01", Standing.UPDATED), ("12:00:06", Standing.UNTOUCHABLE), ("12:00:20", Standing.UPDATED)],
    ids=["before", "meanwhile", "after"],
)
def test_the_image_of_a_host_that_was_never_ours_is_believed_unless_it_was_written_while_it_was_provisioned(
    written: str, standing: Standing
) -> None:
    when = datetime.fromisoformat(f"2026-05-01T{written}Z")
    fields = {"managedFields": [image_fields("argocd", MIRRORED, when)]}
    history = {"operationHistory": started("2026-05-01T12:00:05Z", "2026-05-01T12:00:10Z")}
    host = a_host(state="provisioned", image=MIRRORED, status_image=MIRRORED, metadata=fields, status=history)
    found = stands(host)
    assert found.standing is standing
    if standing is Standing.UNTOUCHABLE:
        assert found.note
        assert found.note.reason is Reason.HOST_STATUS_DOUBTED


@pytest.mark.parametrize(
    ("ended", "updated", "trusted_at"),
    [
        ("2026-05-01T11:00:00Z", "2026-05-01T11:00:00Z", None),
        ("2026-05-01T11:40:00Z", "2026-05-01T11:40:00Z", "2026-05-01T12:10:00Z"),
        ("2026-05-01T11:00:00Z", "2026-05-01T11:50:00Z", "2026-05-01T12:20:00Z"),
    ],
    ids=["long enough", "not yet", "changed since"],
)
def test_an_updated_host_uses_its_slot_until_it_has_been_well_for_the_soak_time(
    ended: str, updated: str, trusted_at: str | None
) -> None:
    host = given(
        "provisioned", status_image=image_block(NEW), operationHistory=started(BEFORE, ended), lastUpdated=updated
    )
    host["metadata"]["annotations"] = remember(NEW)
    found = assess(read(host), terms_of(a_state(artifact=NEW)), Trust(NOW, soak=timedelta(minutes=30)))
    assert (found.standing, found.uses_slot, found.note) == (Standing.UPDATED, trusted_at is not None, None)
    assert found.trusted_at == (datetime.fromisoformat(trusted_at) if trusted_at else None)


def test_with_health_annotation_the_soak_time_begins_when_it_was_set() -> None:
    host = given("provisioned", status_image=image_block(NEW), operationHistory=started(LATER, LATER))
    host["metadata"]["annotations"][IMAGE_HEALTHY] = NEW.digest
    said: dict[str, Any] = {"f:metadata": {"f:annotations": {f"f:{IMAGE_HEALTHY}": {}}}}
    monitoring = {"manager": "monitoring", "operation": "Update", "time": "2026-05-01T12:30:00Z", "fieldsV1": said}
    host["metadata"]["managedFields"].append(monitoring)
    trust = Trust(NOW, "Annotation", timedelta(minutes=30))
    found = assess(read(host), terms_of(a_state(artifact=NEW)), trust)
    assert found.trusted_at == datetime.fromisoformat("2026-05-01T13:00:00Z")


def test_a_host_of_which_metal3_does_not_say_since_when_it_is_provisioned_is_not_trusted() -> None:
    host = given("provisioned", status_image=image_block(NEW), operationHistory=started())
    found = assess(read(host), terms_of(a_state(artifact=NEW)), Trust(NOW, soak=timedelta(minutes=30)))
    assert (found.standing, found.uses_slot) == (Standing.UPDATED, True)
    assert found.note
    assert found.note.reason is Reason.HOST_UNHEALTHY


@pytest.mark.parametrize(("resumed", "accepted"), [(None, False), (NOW, False), (NOW + timedelta(seconds=1), True)])
def test_a_failure_is_accepted_by_a_person_who_resumed_after_the_host_was_given_the_image(
    resumed: datetime | None, accepted: bool
) -> None:
    host = given("available", operationHistory=started())
    found = assess(read(host), terms_of(a_state(artifact=NEW)), Trust(NOW, resumed_at=resumed))
    assert (found.standing, found.accepted) == (Standing.FAILED, accepted)


def replaced(raw: dict[str, Any]) -> Assessment:
    return stands(raw, rollout={"strategy": "Replace"})


def test_a_provisioned_host_awaits_the_word_of_its_owner_and_uses_no_slot() -> None:
    found = replaced(runs(OLD))
    assert (found.standing, found.uses_slot) == (Standing.AWAITING_APPROVAL, False)
    assert found.note
    assert found.note.reason is Reason.AWAITING_APPROVAL
    assert f"airshipit.org/approved-image={NEW.digest}" in found.note.message
    assert "disks will be erased" in found.note.message


def test_a_provisioned_host_whose_owner_agreed_is_eligible() -> None:
    assert replaced(runs(OLD, **approved(NEW))).standing is Standing.ELIGIBLE


def test_a_host_that_is_on_its_way_to_be_erased_is_updating_until_metal3_has_done_it() -> None:
    host = runs(OLD)
    host["spec"]["image"] = image_block(NEW)
    host["metadata"]["annotations"] = remember(NEW, previous_start=BEFORE)
    assert replaced(host).standing is Standing.UPDATING
    host["status"]["provisioning"] = {"ID": "x", "state": "deprovisioning", "image": image_block(OLD)}
    found = replaced(host)
    assert (found.standing, found.uses_slot, found.note) == (Standing.UPDATING, True, None)
