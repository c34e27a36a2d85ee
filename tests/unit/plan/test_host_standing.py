"""Where a host stands: a table of memory, spec and status."""

from typing import Any

import pytest

from airship_images.api.reasons import Reason
from airship_images.plan.hosts import read
from airship_images.plan.standing import HEALTHY, Assessment, Standing, assess
from tests.bmh.builders import BEFORE, LATER, a_host, a_state, an_artifact, image_block, remember, started, terms_of

OLD, NEW = an_artifact(1), an_artifact(2)
MIRRORED = image_block(NEW, url="http://mirror.example/worker.qcow2")


def stands(raw: dict[str, Any], **state: Any) -> Assessment:
    return assess(read(raw), terms_of(a_state(artifact=NEW, **state)))


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
        host["metadata"]["annotations"][HEALTHY] = annotation
    found = assess(read(host), terms_of(a_state(artifact=NEW)), "Annotation")
    assert (found.standing, found.uses_slot) == (Standing.UPDATED, annotation != NEW.digest)


def test_a_host_that_cluster_api_took_while_it_was_on_its_way_is_reported() -> None:
    host = given("available")
    host["spec"]["consumerRef"] = {"kind": "Metal3Machine", "name": "m"}
    found = stands(host)
    assert found.standing is Standing.UPDATING
    assert found.note
    assert found.note.reason is Reason.HOST_OWNED
