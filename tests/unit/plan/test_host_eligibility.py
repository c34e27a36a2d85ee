"""A table of everything that keeps a host from being given an image."""

from typing import Any

import pytest

from airship_images.api.annotations import APPROVED_IMAGE
from airship_images.api.reasons import Reason
from airship_images.plan.eligibility import Claim, MachineTemplate, objection
from airship_images.plan.hosts import LAST_APPLIED, read
from airship_images.plan.memory import MEMORY
from tests.bmh.api import image_fields, merge
from tests.bmh.builders import (
    NAMESPACE,
    NOW,
    ROLE,
    UID,
    a_host,
    a_state,
    an_artifact,
    approved,
    image_block,
    remember,
    runs,
    terms_of,
)

OLD, NEW = an_artifact(1), an_artifact(2)
ANOTHER = image_block(an_artifact(9))
ARGO = {"manager": "argocd", "operation": "Apply", "fieldsV1": {"f:spec": {"f:image": {"f:url": {}}}}}
NOT_WORKERS = {"matchExpressions": [{"key": "role", "operator": "NotIn", "values": ["worker"]}]}


OF_BOTH = (
    image_fields("airship-images", {"url": "x", "checksum": "x"}, NOW),
    image_fields("argocd", {"format": "x"}, NOW),
)


def why(raw: dict[str, Any], **state: Any) -> Reason | None:
    found = objection(read(raw), terms_of(a_state(artifact=NEW, **state)))
    return found.reason if found else None


@pytest.mark.parametrize("state", ["available", "ready"])
def test_an_available_online_host_that_holds_nothing_is_eligible(state: str) -> None:
    assert why(a_host(state=state)) is None


def test_a_host_that_still_has_our_former_image_and_nothing_on_disk_is_eligible() -> None:
    assert why(a_host(image=image_block(OLD), metadata={"annotations": remember(OLD)})) is None


@pytest.mark.parametrize(
    "state",
    [
        "", "unmanaged", "registering", "match profile", "preparing", "provisioning", "provisioned",
        "externally provisioned", "deprovisioning", "inspecting", "powering off before delete", "deleting", "invented",
    ],
)  # fmt: skip
def test_a_host_in_any_other_state_is_not(state: str) -> None:
    assert why(a_host(state=state)) is Reason.NOT_AVAILABLE


def annotated(name: str) -> dict[str, Any]:
    return {"metadata": {"annotations": {name: "x"}}}


@pytest.mark.parametrize(
    ("reason", "host"),
    [
        (Reason.HOST_OWNED, {"spec": {"consumerRef": {"kind": "Metal3Machine", "name": "m"}}}),
        (Reason.HOST_OWNED, {"spec": {"consumerRef": {}}}),
        (Reason.HOST_DELETING, {"metadata": {"deletionTimestamp": "2026-05-01T00:00:00Z"}}),
        (Reason.HOST_PAUSED, annotated("baremetalhost.metal3.io/paused")),
        (Reason.HOST_DETACHED, annotated("baremetalhost.metal3.io/detached")),
        (Reason.HOST_MOVING, annotated("baremetalhost.metal3.io/status")),
        (Reason.CUSTOM_DEPLOY, {"spec": {"customDeploy": {"method": "install_coreos"}}}),
        (Reason.CUSTOM_DEPLOY, {"status": {"provisioning": {"state": "available", "customDeploy": {"method": "x"}}}}),
        (Reason.EXTERNALLY_PROVISIONED, {"spec": {"externallyProvisioned": True}}),
        (Reason.NOT_AVAILABLE, {"status_image": ANOTHER}),
        (Reason.HOST_ERROR, {"status": {"operationalStatus": "error"}}),
        (Reason.HOST_ERROR, {"status": {"operationalStatus": "delayed"}}),
        (Reason.HOST_ERROR, {"status": {"operationalStatus": ""}}),
        (Reason.HOST_ERROR, {"status": {"errorType": "power management error"}}),
        (Reason.HOST_OFFLINE, {"spec": {"online": False}}),
        (Reason.IMAGE_SET, {"image": ANOTHER}),
        (Reason.IMAGE_SET, {"spec": {"image": {"url": ""}}}),
        (Reason.URL_REUSED, {"image": image_block(NEW, checksum="0" * 64)}),
        (Reason.IMAGE_MANAGED, {"metadata": {"managedFields": None}}),
        (Reason.IMAGE_MANAGED, {"metadata": {"managedFields": [ARGO]}}),
        (Reason.IMAGE_MANAGED, {"metadata": {"annotations": {LAST_APPLIED: '{"spec":{"image":{"url":"x"}}}'}}}),
        (Reason.CLEANING_DISABLED, {"spec": {"automatedCleaningMode": "disabled"}}),
        (Reason.HOST_NOT_SELECTED, {"metadata": {"labels": {"role": "control-plane"}}}),
        (Reason.HOST_NOT_SELECTED, {"metadata": {"namespace": "elsewhere"}}),
    ],
)  # fmt: skip
def test_each_rule_objects_with_its_own_reason(reason: Reason, host: dict[str, Any]) -> None:
    assert why(a_host(**host)) is reason


def test_without_automated_cleaning_a_host_is_taken_when_the_image_allows_it() -> None:
    host = a_host(spec={"automatedCleaningMode": "disabled"})
    assert why(host, rollout={"allow_disabled_cleaning": True}) is None


@pytest.mark.parametrize(
    "image", [None, ANOTHER, image_block(OLD, format="raw"), image_block(OLD, ociAuthSecretName="s")]
)
def test_a_host_whose_image_was_changed_or_cleared_after_us_is_theirs(image: dict[str, Any] | None) -> None:
    assert why(a_host(image=image, metadata={"annotations": remember(OLD)})) is Reason.HOST_DRIFTED


def test_a_host_that_another_image_was_given_to_is_left_to_it() -> None:
    given = {"annotations": remember(OLD, image_uid="another")}
    assert why(a_host(image=image_block(OLD), metadata=given)) is Reason.IMAGE_SET


def test_no_host_is_given_the_same_bytes_twice() -> None:
    assert why(a_host(image=image_block(NEW), metadata={"annotations": remember(NEW)})) is Reason.HOST_FAILED


def test_a_memory_that_we_did_not_write_stands_for_a_host_that_we_do_not_understand() -> None:
    assert why(a_host(metadata={"annotations": {"airshipit.org/image-rollout": "yes"}})) is Reason.HOST_UNREADABLE


@pytest.mark.parametrize(
    "selector",
    [
        {},
        {"matchLabels": ROLE},
        {"matchExpressions": [{"key": "role", "operator": "In", "values": ["worker"]}]},
        {"matchExpressions": [{"key": "role", "operator": "exists"}]},
        {"matchExpressions": [{"key": "spare", "operator": "DoesNotExist"}]},
        {"matchExpressions": [{"key": "role", "operator": "Gt", "values": ["1"]}]},
        {"matchExpressions": "role"},
        {"matchLabels": "role"},
    ],
)
def test_a_host_that_a_machine_template_may_claim_is_left_to_cluster_api(selector: dict[str, Any]) -> None:
    template = MachineTemplate(NAMESPACE, "workers", selector)
    found = objection(read(a_host()), terms_of(a_state(artifact=NEW, machine_templates=(template,))))
    assert found
    assert found.reason is Reason.HOST_MAY_BE_CLAIMED
    assert "workers" in found.message
    assert f'{{url: "{NEW.url}", checksum: "{NEW.checksum}", checksumType: "sha256", format: "qcow2"}}' in found.message


def test_what_a_machine_template_needs_is_said_by_the_names_of_its_version() -> None:
    version = "infrastructure.cluster.x-k8s.io/v1beta2"
    template = MachineTemplate(NAMESPACE, "workers", {}, api_version=version)
    found = objection(read(a_host()), terms_of(a_state(artifact=NEW, machine_templates=(template,))))
    assert found
    assert 'diskFormat: "qcow2"}' in found.message
    assert f"airship-images hosts {NAMESPACE}/worker --templates" in found.message


@pytest.mark.parametrize(
    "template",
    [
        MachineTemplate("elsewhere", "workers", {}),
        MachineTemplate(NAMESPACE, "workers", {"matchLabels": {"role": "control-plane"}}),
        MachineTemplate(NAMESPACE, "workers", NOT_WORKERS),
    ],
)  # fmt: skip
def test_a_machine_template_for_other_hosts_does_not_matter(template: MachineTemplate) -> None:
    assert why(a_host(), machine_templates=(template,)) is None


def test_two_images_that_select_one_host_both_leave_it_and_name_each_other() -> None:
    rival = Claim("storage", "other-uid", NAMESPACE, ROLE)
    found = objection(read(a_host()), terms_of(a_state(artifact=NEW, other_images=(rival,))))
    assert found
    assert found.reason is Reason.CONFLICT
    assert "storage" in found.message


@pytest.mark.parametrize(
    "claim",
    [
        Claim("storage", "other-uid", NAMESPACE, {}),
        Claim("storage", "other-uid", "elsewhere", ROLE),
        Claim("storage", "other-uid", NAMESPACE, {"role": "storage"}),
        Claim("worker", UID, NAMESPACE, ROLE),
    ],
)
def test_an_image_that_selects_other_hosts_is_no_rival(claim: Claim) -> None:
    assert why(a_host(), other_images=(claim,)) is None


def replaces(raw: dict[str, Any], **state: Any) -> Reason | None:
    return why(raw, rollout={"strategy": "Replace"}, **state)


def test_replace_takes_a_provisioned_host_of_ours_whose_owner_agreed() -> None:
    assert replaces(runs(OLD, **approved(NEW))) is None


def test_available_takes_no_provisioned_host_whatever_its_owner_agreed_to() -> None:
    assert why(runs(OLD, **approved(NEW))) is Reason.NOT_AVAILABLE


@pytest.mark.parametrize(
    "consent", [{}, approved(OLD), {APPROVED_IMAGE: "true"}, {APPROVED_IMAGE: ""}, {APPROVED_IMAGE: NEW.checksum}]
)
def test_consent_is_to_one_digest(consent: dict[str, str]) -> None:
    assert replaces(runs(OLD, **consent)) is Reason.AWAITING_APPROVAL


@pytest.mark.parametrize(
    "state",
    [
        "",
        "registering",
        "preparing",
        "provisioning",
        "externally provisioned",
        "deprovisioning",
        "inspecting",
        "deleting",
    ],
)
def test_replace_touches_no_host_in_the_middle_of_something(state: str) -> None:
    host = runs(OLD, **approved(NEW))
    host["status"]["provisioning"]["state"] = state
    assert replaces(host) is Reason.NOT_AVAILABLE


@pytest.mark.parametrize(
    ("reason", "change"),
    [
        (Reason.HOST_OWNED, {"spec": {"consumerRef": {"kind": "Metal3Machine", "name": "m"}}}),
        (Reason.HOST_ERROR, {"status": {"errorType": "power management error"}}),
        (Reason.HOST_OFFLINE, {"spec": {"online": False}}),
        (Reason.HOST_OFFLINE, {"status": {"poweredOn": False}}),
        (Reason.CLEANING_DISABLED, {"spec": {"automatedCleaningMode": "disabled"}}),
        (Reason.HOST_PAUSED, {"metadata": {"annotations": {"baremetalhost.metal3.io/paused": "x"}}}),
        (Reason.IMAGE_SET, {"metadata": {"annotations": {MEMORY: None}}}),
        (Reason.IMAGE_SET, {"metadata": {"annotations": remember(OLD, image_uid="another", previous_start="x")}}),
        (Reason.HOST_DRIFTED, {"spec": {"image": ANOTHER}}),
        (Reason.HOST_DRIFTED, {"spec": {"image": None}}),
        (Reason.HOST_DRIFTED, {"metadata": {"managedFields": [image_fields("argocd", ANOTHER, NOW)]}}),
        (Reason.IMAGE_MANAGED, {"metadata": {"managedFields": [*OF_BOTH]}}),
        (Reason.NOT_AVAILABLE, {"status": {"provisioning": {"image": ANOTHER}}}),
        (Reason.NOT_AVAILABLE, {"status": {"provisioning": {"image": None}}}),
        (Reason.NOT_AVAILABLE, {"status": {"operationHistory": None}}),
    ],
)
def test_consent_sets_aside_no_other_rule(reason: Reason, change: dict[str, Any]) -> None:
    assert replaces(merge(runs(OLD, **approved(NEW)), change)) is reason


def test_a_provisioned_host_that_a_machine_template_may_claim_is_left_to_cluster_api() -> None:
    template = MachineTemplate(NAMESPACE, "workers", {})
    assert replaces(runs(OLD, **approved(NEW)), machine_templates=(template,)) is Reason.HOST_MAY_BE_CLAIMED


def test_a_host_that_has_the_bytes_is_not_erased_for_them_even_with_consent() -> None:
    """Its assessment is UPDATED; were it ever planned, the last look before the patch would object."""
    assert replaces(runs(NEW, **approved(NEW))) is Reason.HOST_FAILED
