"""The player of Metal3, by the state table of Metal3's own source: what a change of spec.image does in each state."""

from typing import Any

import pytest

from tests.bmh.builders import Json, a_host, an_artifact, image_block
from tests.bmh.machine import DETACHED, PAUSED, RETRIES, Machine, state_of, step
from tests.bmh.webhook import RefusedError, admit

OLD, NEW = image_block(an_artifact(1)), image_block(an_artifact(2))
NOW = "2026-05-01T12:00:00Z"


def holding(state: str, image: Json | None = OLD, **changes: Any) -> Machine:
    """A machine whose host is in this state, and on whose disk is what it was given."""
    there = image if state in {"provisioned", "provisioning"} else None
    host = a_host(state=state, image=image, status_image=there if state == "provisioned" else None, **changes)
    host["status"]["operationHistory"] = {"provision": {"start": "before", "end": None}}
    on_disk = there if state == "provisioned" else None
    return Machine(host, deploying=there if state == "provisioning" else None, disk=on_disk)


def given(machine: Machine, image: Json | None) -> Machine:
    """Somebody writes spec.image."""
    spec = {**machine.host["spec"], "image": image}
    if image is None:
        del spec["image"]
    return Machine({**machine.host, "spec": spec}, machine.deploying, machine.disk, machine.wiped)


def looked(machine: Machine, times: int = 1, *, fails: bool = False) -> Machine:
    for _ in range(times):
        machine = step(machine, NOW, fails=fails)
    return machine


def said(machine: Machine) -> Json | None:
    found: Json | None = machine.host["status"]["provisioning"].get("image")
    return found


@pytest.mark.parametrize("state", ["registering", "inspecting", "preparing"])
def test_before_it_is_available_a_change_is_latched_and_the_newest_is_used(state: str) -> None:
    machine = looked(given(holding(state, None), OLD))
    assert machine.deploying is None
    while state_of(machine.host) != "available":
        machine = looked(machine)
    machine = looked(given(machine, NEW), 2)
    assert (state_of(machine.host), machine.disk) == ("provisioned", NEW)


@pytest.mark.parametrize("state", ["available", "ready"])
def test_an_available_host_is_provisioned_when_it_is_online_and_latches_when_not(state: str) -> None:
    assert state_of(looked(holding(state, NEW)).host) == "provisioning"
    offline = holding(state, NEW, spec={"online": False})
    assert looked(offline, 3).host == offline.host


def test_a_change_in_the_middle_does_not_cancel_and_makes_the_status_false() -> None:
    machine = looked(given(holding("provisioning"), NEW))
    assert state_of(machine.host) == "provisioned"
    assert machine.disk == OLD
    assert said(machine) == NEW


def test_a_provisioned_host_is_wiped_by_another_url_at_once() -> None:
    machine = looked(given(holding("provisioned"), NEW))
    assert (state_of(machine.host), machine.disk, machine.wiped) == ("deprovisioning", None, 1)
    machine = looked(machine, 3)
    assert (state_of(machine.host), machine.disk) == ("provisioned", NEW)


@pytest.mark.parametrize("change", [{"checksum": "0" * 64}, {"checksumType": "sha512"}, {"format": "raw"}])
def test_a_provisioned_host_ignores_all_of_its_image_but_the_url(change: Json) -> None:
    machine = given(holding("provisioned"), {**OLD, **change})
    assert looked(machine, 3).host == machine.host
    assert looked(machine, 3).disk == OLD


def test_a_provisioned_host_without_an_image_is_deprovisioned() -> None:
    machine = looked(given(holding("provisioned"), None))
    assert (state_of(machine.host), machine.wiped) == ("deprovisioning", 1)
    assert state_of(looked(machine, 3).host) == "available"


def test_what_is_written_while_it_is_deprovisioned_is_used_afterwards() -> None:
    machine = looked(given(holding("provisioned"), None))
    assert looked(given(machine, NEW), 3).disk == NEW


@pytest.mark.parametrize("state", ["externally provisioned", "unmanaged"])
def test_a_host_that_metal3_does_not_provision_ignores_its_image(state: str) -> None:
    machine = given(holding(state, None), NEW)
    assert looked(machine, 3).host == machine.host


def test_a_host_that_is_externally_provisioned_is_never_written_to() -> None:
    machine = looked(holding("available", NEW, spec={"externallyProvisioned": True}), 3)
    assert (state_of(machine.host), machine.disk) == ("externally provisioned", None)


@pytest.mark.parametrize("hold", [PAUSED, DETACHED])
def test_a_held_host_latches_and_is_wiped_when_it_is_let_go(hold: str) -> None:
    machine = holding("provisioned", metadata={"annotations": {hold: ""}})
    machine = looked(given(machine, NEW), 3)
    assert (state_of(machine.host), machine.disk, machine.wiped) == ("provisioned", OLD, 0)
    metadata = {**machine.host["metadata"], "annotations": {}}
    let_go = looked(Machine({**machine.host, "metadata": metadata}, disk=machine.disk), 2)
    assert (let_go.disk, let_go.wiped) == (None, 1)


def test_a_failure_is_tried_again_five_times_and_anew_when_any_key_of_the_image_is_edited() -> None:
    machine = looked(holding("available"), 100, fails=True)
    assert len(machine.history) == RETRIES
    assert state_of(machine.host) == "available"
    assert machine.host["status"]["provisioningFailCount"] == RETRIES
    edited = looked(given(machine, {**OLD, "format": "raw"}))
    assert state_of(edited.host) == "provisioning"


@pytest.mark.parametrize(
    "image",
    [
        {**OLD, "url": "nfs://images.example/a"},
        {"url": OLD["url"]},
        {"url": "oci://registry.example/a", "checksum": OLD["checksum"]},
    ],
)
def test_the_webhook_refuses_the_whole_object_for_its_image(image: Json) -> None:
    with pytest.raises(RefusedError):
        admit(a_host(image=image))


@pytest.mark.parametrize(
    "image", [None, OLD, {"url": OLD["url"], "format": "live-iso"}, {"url": "oci://registry.example/a"}]
)
def test_the_webhook_lets_a_right_image_pass(image: Json | None) -> None:
    admit(a_host(image=image))
