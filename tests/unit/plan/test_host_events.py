"""What a host's own events say."""

from airship_images.api.reasons import Reason
from airship_images.plan.events import HostReference
from airship_images.plan.host_events import moved, patched, standings
from airship_images.plan.steps.rollout import rollout
from tests.bmh.builders import Json, a_host, a_state, an_artifact, approved, image_block, remember, runs, started

OLD, NEW = an_artifact(1), an_artifact(2)


def look(*hosts: Json, **rules: object) -> tuple[list[str], list[str]]:
    """What is told of each patch, given and erased."""
    outcome = rollout(a_state(*hosts, artifact=NEW, rollout={"strategy": "Replace", "max_unavailable": 9, **rules}))
    return [patch.name for patch in outcome.patches], [patched(patch).message for patch in outcome.patches]


def test_a_host_that_is_erased_is_told_so_with_what_it_held() -> None:
    names, messages = look(runs(OLD, "rack-1", **approved(NEW)))
    assert names == ["rack-1"]
    given = f"AirshipImage worker gave it {NEW.digest} from {NEW.url}"
    assert messages == [f"{given}: its disks, which hold {OLD.url}, are erased as its owner agreed"]


def test_a_host_that_held_nothing_is_told_what_it_got() -> None:
    assert look(a_host("rack-1"))[1] == [f"AirshipImage worker gave it {NEW.digest} from {NEW.url}"]


def went(before: Json, after: Json) -> list[tuple[str, str, HostReference | None]]:
    """The events of a host that was seen so, and is so now."""
    former = standings(rollout(a_state(before, artifact=NEW)).assessments)
    found = moved(former, rollout(a_state(after, artifact=NEW)).assessments, NEW.digest)
    return [(event.type, event.reason, event.host) for event in found]


def on_its_way(state: str, **spec: object) -> Json:
    image = image_block(NEW)
    memory = {"annotations": remember(NEW)}
    holds = image if state == "provisioned" else None
    history = {"operationHistory": started()}
    return a_host("rack-1", state, image=image, status_image=holds, metadata=memory, status=history, spec=dict(spec))


RACK_1 = HostReference("rack-1", "uid-rack-1")


def test_a_host_that_runs_the_image_now_is_told_once() -> None:
    assert went(on_its_way("provisioning"), on_its_way("provisioned")) == [("Normal", Reason.HOST_UPDATED, RACK_1)]
    assert went(on_its_way("provisioned"), on_its_way("provisioned")) == []


def test_a_host_that_failed_is_a_warning() -> None:
    assert went(on_its_way("provisioning"), on_its_way("available")) == [("Warning", Reason.HOST_FAILED, RACK_1)]


def test_a_host_that_somebody_changed_is_a_warning() -> None:
    theirs = on_its_way("provisioning", image=image_block(OLD))
    assert went(on_its_way("provisioning"), theirs) == [("Warning", Reason.HOST_DRIFTED, RACK_1)]


def test_the_first_look_tells_nothing_of_what_was_so_before() -> None:
    assessments = rollout(a_state(on_its_way("provisioned"), artifact=NEW)).assessments
    assert moved(None, assessments, NEW.digest) == ()
