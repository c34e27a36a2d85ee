"""How does a live ISO reach a host, which boots it as it is and checks no checksum?"""

from typing import Any

from airship_images.api.reasons import Reason
from airship_images.plan.hosts import FIELD_MANAGER, read
from airship_images.plan.memory import MEMORY, Memory
from airship_images.plan.rolling import look
from airship_images.plan.standing import Standing
from airship_images.plan.steps.rollout import RolloutOutcome, rollout
from tests.bmh.api import HostAPI
from tests.bmh.builders import NOW, a_host, a_state, an_artifact
from tests.bmh.machine import Machine, step

LATER = "2026-03-01T13:00:00Z"


def an_iso(number: int = 2) -> Any:
    checksum = f"{number:064x}"
    return an_artifact(number, format="live-iso", url=f"http://images.example/{checksum}/live.iso", verified=True)


def a_host_with(iso: Any) -> dict[str, Any]:
    """A host that boots the ISO, which a person gave it."""
    block = {"url": iso.url, "format": "live-iso"}
    return a_host(state="provisioned", image=block, status_image=block)


def rolled(*hosts: Any, iso: Any = None, **rules: Any) -> RolloutOutcome:
    return rollout(a_state(*hosts, artifact=iso or an_iso(), rollout=rules))


def standing(host: Any, iso: Any = None) -> Standing:
    state = a_state(host, artifact=iso or an_iso())
    assert state.rollout
    assert state.artifact
    assert state.hosts
    (found,) = look(state, state.rollout, state.artifact, state.hosts).fleet.assessments
    return found.standing


def test_the_patch_names_the_url_and_the_format_and_no_checksum() -> None:
    (patch,) = rolled(a_host()).patches
    assert patch.body["spec"]["image"] == {
        "url": an_iso().url,
        "checksum": None,
        "checksumType": None,
        "format": "live-iso",
        "ociAuthSecretName": None,
    }
    memory = Memory.load(patch.body["metadata"]["annotations"][MEMORY])
    assert memory is not None
    assert memory.digest == an_iso().digest, "what it has been given is remembered by its bytes all the same"


def test_a_host_that_boots_it_is_updated() -> None:
    api = HostAPI(lambda: NOW)
    api.put(a_host())
    (patch,) = rolled(api.hosts["host-0"]).patches
    machine = Machine(api.patch("host-0", patch.body, FIELD_MANAGER))
    assert standing(machine.host) is Standing.UPDATING
    for _ in range(3):
        machine = step(machine, LATER)
    assert standing(machine.host) is Standing.UPDATED
    assert rolled(machine.host).condition.reason is Reason.ROLLED_OUT


def test_the_same_bytes_under_another_url_are_up_to_date() -> None:
    elsewhere = an_iso().model_copy(update={"url": an_iso().url.replace("images.example", "mirror.example")})
    assert standing(a_host_with(elsewhere)) is Standing.UPDATED


def test_another_iso_on_a_host_is_not_taken_for_this_one() -> None:
    assert standing(a_host_with(an_iso(9))) is not Standing.UPDATED


def test_an_iso_whose_url_does_not_name_its_bytes_is_known_by_nothing() -> None:
    named_by_hand = read(a_host_with(an_iso().model_copy(update={"url": "http://elsewhere.example/live.iso"})))
    assert named_by_hand.image is not None
    assert named_by_hand.image.digest is None


def test_a_format_that_no_host_takes_is_said_so() -> None:
    outcome = rolled(a_host(), iso=an_artifact(2, format="oci", verified=True))
    assert (outcome.patches, outcome.condition.reason) == ((), Reason.NOT_YET_SUPPORTED)
    assert "live-iso, qcow2, raw, vmdk" in outcome.condition.message
