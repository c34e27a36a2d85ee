"""An image that was built elsewhere: checked, published, rolled out and rolled back, never built, booted or removed."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from airship_images.api.airshipimage import AirshipImage
from airship_images.api.reasons import Reason
from airship_images.api.status import HistoryEntry
from airship_images.plan.actions import CheckURL, DeleteJob, SetFinalizer
from airship_images.plan.host_patch import PatchHost
from airship_images.plan.hosts import read
from airship_images.plan.jobs import Job
from airship_images.plan.plan import plan
from airship_images.plan.references import References
from airship_images.plan.served import Served
from airship_images.plan.state import Check, Fleet, State
from tests.bmh.builders import NAMESPACE, ROLE, a_host
from tests.unit.plan.states import (
    BASE_URL,
    DIGEST,
    SOURCE_URL,
    a_sourced_image,
    a_sourced_state,
    a_state,
    an_earlier_source,
    an_image,
    published,
    summary,
)

SIZE = 5000
WANTED = {"strategy": "Available", "selector": {"matchLabels": ROLE}}


def answered(state: State, reason: Reason | None = None, *, digest: str = DIGEST) -> State:
    """The state once the source was read."""
    size = SIZE if reason is None else None
    served = Served(SOURCE_URL, f"sha256:{digest}", reason, reason or "", size)
    return replace(state, checks={(SOURCE_URL, f"sha256:{digest}"): Check(state.now, served, int(reason is not None))})


def offered(image: AirshipImage | None = None) -> State:
    """Read, published, and the status written."""
    state = answered(a_sourced_state(image))
    return replace(state, status=plan(state).status)


def with_host(state: State) -> State:
    identity = replace(state.identity, namespace=NAMESPACE)
    return replace(state, identity=identity, fleet=Fleet(hosts=(read(a_host()),)))


def patches(state: State) -> list[PatchHost]:
    return [each for each in plan(state).actions if isinstance(each, PatchHost)]


def test_nothing_is_built_and_the_first_thing_is_to_read_it_whole() -> None:
    found = plan(a_sourced_state())
    assert found.actions == (CheckURL(SOURCE_URL, None, f"sha256:{DIGEST}"),)
    assert summary(found.status) == {
        "Ready": f"False {Reason.CHECKING_URL}",
        "Reconciling": f"True {Reason.PROGRESSING}",
        "InputsReady": f"True {Reason.INPUTS_READY}",
        "Built": f"True {Reason.BUILT_ELSEWHERE}",
        "Verified": f"True {Reason.VERIFY_SKIPPED}",
        "Published": f"False {Reason.CHECKING_URL}",
        "RolledOut": f"False {Reason.NO_SELECTOR}",
    }
    assert (found.status.image, found.status.build) == (None, None)


def test_what_was_read_and_is_right_is_published_at_its_own_url() -> None:
    status = offered().status
    assert summary(status)["Ready"] == f"True {Reason.READY}"
    image = status.image
    assert image is not None
    assert (image.url, image.digest, image.size, image.format) == (SOURCE_URL, f"sha256:{DIGEST}", SIZE, "qcow2")
    assert (image.verified, image.built_elsewhere) == (False, True)
    (entry,) = status.history
    assert (entry.url, entry.digest, entry.built_elsewhere) == (SOURCE_URL, f"sha256:{DIGEST}", True)


def test_a_plan_that_was_carried_out_has_nothing_left_to_do() -> None:
    again = plan(offered())
    assert (again.actions, again.status) == ((), offered().status)


@pytest.mark.parametrize("reason", [Reason.URL_MISMATCH, Reason.URL_UNREACHABLE])
def test_what_is_wrong_reaches_no_host_says_why_and_is_asked_again(reason: Reason) -> None:
    state = answered(with_host(a_sourced_state(a_sourced_image(rollout=WANTED))), reason)
    found = plan(state)
    assert found.actions == ()
    assert summary(found.status)["Published"] == f"False {reason}"
    assert summary(found.status)["RolledOut"] == f"False {Reason.AWAITING_ARTIFACT}"
    assert found.status.image is None
    assert found.wake_after is not None
    later = replace(state, now=state.now + found.wake_after)
    assert plan(later).actions == (CheckURL(SOURCE_URL, None, f"sha256:{DIGEST}"),)


def test_a_host_is_given_the_source_itself_and_only_what_was_read() -> None:
    state = with_host(offered(a_sourced_image(rollout=WANTED)))
    (patch,) = patches(state)
    wanted = {"url": SOURCE_URL, "checksum": DIGEST, "checksumType": "sha256", "format": "qcow2"}
    assert wanted.items() <= patch.body["spec"]["image"].items()
    restarted = replace(state, checks={})
    assert plan(restarted).actions == (CheckURL(SOURCE_URL, SIZE, f"sha256:{DIGEST}"),)
    assert patches(answered(state, Reason.URL_MISMATCH)) == []


def test_the_same_bytes_at_another_url_are_read_there_before_they_are_offered() -> None:
    moved = "https://other.example/debian.qcow2"
    image = a_sourced_image(image={"type": "qcow2", "source": {"url": moved, "sha256": DIGEST}})
    state = replace(a_sourced_state(image), status=offered().status)
    found = plan(state)
    assert found.actions == (CheckURL(moved, None, f"sha256:{DIGEST}"),)
    assert found.status.image == offered().status.image


def test_an_image_of_profiles_that_becomes_a_source_stops_its_build() -> None:
    running = Job("worker-0123456789", "uid", 1, "active", phase="configure")
    state = replace(answered(a_sourced_state()), status=published().status, former_jobs=(running,))
    found = plan(state)
    assert DeleteJob("worker-0123456789", "uid") in found.actions
    assert (found.status.image and found.status.image.url, found.status.areas) == (SOURCE_URL, None)
    assert [entry.url for entry in found.status.history] == [SOURCE_URL]


OURS = f"{BASE_URL}{'cd' * 32}/worker.qcow2"


def retained(state: State, **entry: Any) -> list[HistoryEntry]:
    """What becomes of an artifact that retention has no place for."""
    old = HistoryEntry(
        digest=f"sha256:{'cd' * 32}", url=OURS, published_at="2026-01-01T00:00:00Z", format="qcow2", size=7, **entry
    )
    status = state.status.model_copy(update={"history": [*state.status.history, old]})
    looked = replace(state, status=status, references=References(state.now))
    return plan(looked).status.history


def test_retention_takes_what_we_built_before_and_never_what_we_did_not() -> None:
    state = offered(a_sourced_image(retention={"keep": 1}))
    assert retained(state)[1].withdrawn_at is not None
    assert retained(state, built_elsewhere=True)[1].withdrawn_at is None


def test_a_deleted_image_leaves_its_source_where_it_is() -> None:
    state = replace(offered(a_sourced_image(deletion_policy="Delete")), deleting=True, has_finalizer=True)
    found = plan(replace(state, references=References(state.now)))
    withdrawn = replace(state, references=References(state.now), status=found.status)
    ended = plan(replace(withdrawn, now=state.now + timedelta(seconds=30)))
    assert ended.actions == (SetFinalizer(present=False),)
    assert [entry.withdrawn_at for entry in ended.status.history] == [None]


def test_hosts_return_to_an_earlier_source_by_its_digest() -> None:
    entry = an_earlier_source()
    state = offered(a_sourced_image(rollout={**WANTED, "digest": entry.digest}))
    state = with_host(
        replace(state, status=state.status.model_copy(update={"history": [*state.status.history, entry]}))
    )
    assert plan(state).actions == (CheckURL(entry.url, 7, entry.digest),)
    right = {(entry.url, entry.digest): Check(state.now, Served(entry.url, entry.digest, size=7))}
    (patch,) = patches(replace(state, checks=right))
    assert patch.body["spec"]["image"]["url"] == entry.url


def test_an_image_that_is_built_and_booted_again_gives_no_host_the_source_that_nobody_booted() -> None:
    built = a_state(an_image(rollout={**WANTED, "digest": f"sha256:{DIGEST}"}))
    status = offered().status.model_copy(update={"image": None})
    found = plan(with_host(replace(built, status=status)))
    assert summary(found.status)["RolledOut"] == f"False {Reason.NOT_VERIFIED}"


def test_a_request_to_rebuild_builds_nothing() -> None:
    state = replace(offered(), refresh_requested="2026-03-01T11:00:00Z")
    assert plan(state).actions == ()
