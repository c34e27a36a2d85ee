"""An image that was built elsewhere is booted where that is asked for, and reaches no host before."""

from dataclasses import replace
from datetime import timedelta

import pytest

from airship_images.api.airshipimage import AirshipImage, Resources
from airship_images.api.build import BuildFailure
from airship_images.api.reasons import Reason
from airship_images.plan.actions import CheckURL, CreateInputs, DeleteJob, StartBuild, WatchRoom
from airship_images.plan.host_patch import PatchHost
from airship_images.plan.hosts import read
from airship_images.plan.jobs import Job, image_job_name
from airship_images.plan.line import Turn
from airship_images.plan.plan import plan
from airship_images.plan.room import Room
from airship_images.plan.served import Served
from airship_images.plan.state import Check, Fleet, State
from tests.bmh.builders import NAMESPACE, ROLE, a_host
from tests.unit.plan.states import (
    DIGEST,
    NOW,
    SOURCE_URL,
    a_sourced_image,
    a_sourced_state,
    an_earlier_source,
    condition,
    image_job,
    summary,
    written,
)

SIZE = 5000
ASKED = {"boot": True}
WANTED = {"strategy": "Available", "selector": {"matchLabels": ROLE}}
CHECK = CheckURL(SOURCE_URL, None, f"sha256:{DIGEST}")


def to_boot(**spec: object) -> State:
    """A host waits for an image that was built elsewhere and is to be booted; nothing is known of it."""
    state = a_sourced_state(a_sourced_image(**{"verify": ASKED, "rollout": WANTED, **spec}))
    identity = replace(state.identity, namespace=NAMESPACE)
    return replace(state, identity=identity, fleet=Fleet(hosts=(read(a_host()),)))


def answered(state: State, reason: Reason | None = None) -> State:
    """Its URL was read."""
    served = Served(SOURCE_URL, f"sha256:{DIGEST}", reason, reason or "", None if reason else SIZE)
    return replace(state, checks={(SOURCE_URL, served.digest): Check(state.now, served, int(reason is not None))})


def job_of(state: State, **known: object) -> Job:
    return image_job(state, **{"phase": "boot", **known})


def failed(state: State, *, retryable: bool = True) -> State:
    failure = BuildFailure(phase="boot", reason=Reason.BOOT_FAILED, message="uefi: it panics", retryable=retryable)
    job = job_of(state, outcome="failed", finished=NOW, failure=failure)
    return replace(state, image_job=replace(job, last_lines=("Kernel panic",)))


def booted(state: State) -> State:
    return replace(state, image_job=job_of(state, outcome="succeeded", finished=NOW))


def starts(state: State) -> list[StartBuild]:
    return [each for each in plan(state).actions if isinstance(each, StartBuild)]


def patches(state: State) -> list[PatchHost]:
    return [each for each in plan(state).actions if isinstance(each, PatchHost)]


def test_its_url_is_read_before_a_job_is_started() -> None:
    found = plan(to_boot())
    assert found.actions == (CHECK,)
    assert summary(found.status)["Verified"] == f"False {Reason.CHECKING_URL}"
    assert found.status.build is None


@pytest.mark.parametrize("reason", [Reason.URL_MISMATCH, Reason.URL_UNREACHABLE])
def test_what_its_url_does_not_give_is_no_try_and_is_asked_again(reason: Reason) -> None:
    state = answered(to_boot(), reason)
    found = plan(state)
    assert (found.actions, found.status.build) == ((), None)
    assert summary(found.status)["Verified"] == f"False {reason}"
    assert found.wake_after is not None
    assert plan(replace(written(state), now=NOW + found.wake_after)).actions == (CHECK,)
    (job,) = starts(answered(written(state)))
    assert job.attempt == 1


def test_its_job_gets_where_it_is_and_what_is_asked_of_its_boot_and_nothing_to_publish_to() -> None:
    state = answered(to_boot(verify={"boot": True, "firmware": ["uefi"], "timeout": "5m"}))
    create, job = plan(state).actions
    assert isinstance(create, CreateInputs)
    assert isinstance(job, StartBuild)
    name = image_job_name("worker", state.build_hash or "")
    assert (create.kind, create.name, create.build_hash, set(create.files)) == (
        "source", name, state.build_hash, {"source.yaml"},
    )  # fmt: skip
    assert f"sha256: {DIGEST}\nsize: {SIZE}\n" in create.files["source.yaml"]
    assert "firmware:\n- uefi\n" in create.files["source.yaml"]
    assert "bootSeconds: 300" in create.files["source.yaml"]
    assert (job.kind, job.name, job.attempt, job.builder_image) == ("source", name, 1, "builder:1")
    assert (job.output_claim, job.secret_names, job.pull_secret_names, job.v1) == (None, (), (), None)


def test_its_job_runs_as_the_builder_asks_and_with_an_image_that_is_allowed() -> None:
    builder = {
        "image": "builder:2",
        "timeout": "20m",
        "resources": {"limits": {"cpu": "2"}},
        "nodeSelector": {"a": "b"},
    }
    (job,) = starts(answered(to_boot(builder=builder)))
    assert (job.builder_image, job.timeout, job.node_selector) == ("builder:2", timedelta(minutes=20), {"a": "b"})
    assert job.resources == Resources(limits={"cpu": "2"})
    refused = plan(answered(to_boot(builder={"image": "builder:evil"})))
    assert refused.actions == ()
    assert summary(refused.status)["InputsReady"] == f"False {Reason.INVALID_INPUT}"


def test_while_it_boots_status_tells_how_far_it_is() -> None:
    state = answered(to_boot())
    state = replace(state, image_job=job_of(state))
    found = plan(state)
    assert (found.actions, found.status.phase) == ((), "Verifying")
    assert found.status.build is not None
    assert (found.status.build.phase, found.status.build.percent) == ("boot", 70)
    assert summary(found.status)["RolledOut"] == f"False {Reason.AWAITING_ARTIFACT}"
    assert found.status.plan is not None
    assert found.status.plan.hosts == ["host-0"]


def test_once_it_has_booted_it_is_published_as_verified_and_a_host_is_given_it() -> None:
    state = booted(answered(to_boot()))
    status = plan(state).status
    assert summary(status)["Verified"] == f"True {Reason.VERIFIED}"
    assert status.image is not None
    assert (status.image.url, status.image.verified, status.image.built_elsewhere) == (SOURCE_URL, True, True)
    assert [entry.verified for entry in status.history] == [True]
    (patch,) = patches(written(state))
    assert patch.body["spec"]["image"]["url"] == SOURCE_URL


def test_what_came_of_it_outlives_its_job() -> None:
    done = replace(written(booted(answered(to_boot()))), image_job=None)
    assert starts(done) == []
    assert plan(done).status == done.status
    unread = replace(done, status=done.status.model_copy(update={"image": None}), checks={})
    assert plan(unread).actions == (CHECK,), "only its URL is read again"
    assert starts(answered(unread)) == []


@pytest.mark.parametrize("retryable", [True, False])
def test_one_that_does_not_boot_reaches_no_host_and_says_why(*, retryable: bool) -> None:
    state = failed(answered(to_boot()), retryable=retryable)
    found = plan(state)
    assert found.actions == ()
    build = found.status.build
    assert build is not None
    assert (build.phase, build.reason, build.last_lines) == ("boot", "BootFailed", ["Kernel panic"])
    assert "uefi: it panics" in build.message
    assert summary(found.status)["Verified"] == f"False {Reason.BOOT_FAILED}"
    assert (summary(found.status).get("Stalled") is None) is retryable


def test_it_is_tried_again_ever_later_though_its_url_breaks_off_meanwhile() -> None:
    state = written(failed(answered(to_boot())))
    wait = plan(state).wake_after
    assert wait is not None
    assert wait > timedelta(seconds=5)
    later = replace(state, now=NOW + wait)
    assert any(isinstance(each, DeleteJob) for each in plan(later).actions)
    gone = answered(replace(written(later), image_job=None), Reason.URL_UNREACHABLE)
    assert starts(gone) == []
    (job,) = starts(answered(written(gone)))
    assert job.attempt == 2


def test_a_rebuild_that_was_once_asked_for_does_not_hurry_it() -> None:
    state = failed(answered(to_boot()))
    state = replace(state, status=state.status.model_copy(update={"trigger": "2026-01-01T00:00:00Z"}))
    again = written(state)
    assert plan(again).actions == ()


def test_it_waits_in_line_and_for_room_like_any_build() -> None:
    queued = replace(answered(to_boot()), turn=Turn(3, 7, 2))
    assert starts(queued) == []
    found = plan(queued).status
    assert summary(found)["Verified"] == f"False {Reason.QUEUED}"
    assert found.build is not None
    assert (found.build.phase, found.build.queue_position) == ("fetch-image", 3)
    policy = replace(queued.policy, cache_claim="cache")
    narrow = replace(answered(to_boot()), policy=policy, room=Room(at=NOW, claims={}, nodes=()))
    assert plan(narrow).actions == (WatchRoom(narrow.room),)
    told = condition(plan(narrow).status, "Verified")
    assert told is not None
    assert (told.reason, "cache" in told.message, "airship-images" in told.message) == ("ClaimNotFound", True, False)
    later = replace(written(narrow), now=NOW + timedelta(hours=1))
    assert condition(plan(later).status, "Verified") == told, "what was told once is so until a newer look"


def offered_unbooted() -> State:
    """It was published before anybody asked for a boot test; then one is."""
    before = answered(to_boot(verify=None))
    return replace(answered(to_boot()), status=plan(before).status)


def test_a_boot_test_that_is_asked_for_later_holds_back_what_was_published_without() -> None:
    state = offered_unbooted()
    assert len(starts(state)) == 1
    assert patches(state) == []
    status = plan(replace(state, image_job=job_of(state))).status
    assert summary(status)["RolledOut"] == f"False {Reason.NOT_VERIFIED}"
    assert len(patches(written(booted(state)))) == 1


def test_an_earlier_source_is_given_to_a_host_only_if_it_has_booted() -> None:
    state = written(booted(answered(to_boot(rollout={**WANTED, "digest": an_earlier_source().digest}))))

    def patched(*, verified: bool) -> int:
        entry = an_earlier_source(verified=verified)
        known = [*state.status.history, entry]
        right = Check(NOW, Served(entry.url, entry.digest, size=7))
        status = state.status.model_copy(update={"history": known})
        return len(patches(replace(state, status=status, checks={(entry.url, entry.digest): right})))

    assert [patched(verified=False), patched(verified=True)] == [0, 1]


def test_another_source_stops_the_boot_of_the_former_one() -> None:
    running = Job("worker-0123456789", "uid", 1, "active", phase="boot")
    state = replace(answered(to_boot()), former_jobs=(running,))
    assert DeleteJob("worker-0123456789", "uid") in plan(state).actions


def test_nobody_is_given_what_is_suspended_before_it_booted() -> None:
    state = answered(to_boot(suspend=True))
    assert starts(state) == []
    assert summary(plan(state).status)["Verified"] == f"False {Reason.SUSPENDED}"


def test_the_type_of_the_image_in_the_document_is_that_of_its_boot() -> None:
    image: AirshipImage = a_sourced_image(
        image={"type": "raw", "source": {"url": "https://mirror.example/a.raw", "sha256": DIGEST}}, verify=ASKED
    )
    state = a_sourced_state(image)
    served = Served("https://mirror.example/a.raw", f"sha256:{DIGEST}", size=SIZE)
    create = plan(replace(state, checks={(served.url, served.digest): Check(NOW, served)})).actions[0]
    assert isinstance(create, CreateInputs)
    assert "type: raw\n" in create.files["source.yaml"]
