"""The life of an image, as its plans tell it: what is done, and what status says."""

from dataclasses import replace
from datetime import timedelta

import pytest

from airship_images.api.build import BuildFailure
from airship_images.api.reasons import Reason
from airship_images.plan.actions import CheckURL, CreateInputs, DeleteJob, StartBuild
from airship_images.plan.backoff import JITTER
from airship_images.plan.checking import ASK_AGAIN
from airship_images.plan.plan import CHAIN, plan
from airship_images.plan.state import State
from airship_images.spec import Prepared
from tests.unit.plan.states import (
    DIGEST,
    NOW,
    a_failure,
    a_profile,
    a_state,
    a_state_of_nothing,
    an_image,
    condition,
    image_job,
    published,
    rootfs_job,
    summary,
    with_built_image,
    with_built_rootfs,
    with_served,
    written,
)


def actions(state: State) -> list[str]:
    return [type(action).__name__ for action in plan(state).actions]


def test_the_chain_reads_as_the_life_of_an_image() -> None:
    assert [condition for condition, _ in CHAIN] == ["InputsReady", "Built", "Verified", "Published"]


def test_a_new_image_stores_the_inputs_of_its_root_filesystem_and_starts_its_job() -> None:
    state = a_state()
    create, start = plan(state).actions
    assert isinstance(create, CreateInputs)
    assert isinstance(start, StartBuild)
    assert set(create.files) == {"rootfs.yaml", "rootfs-vars.yaml"}
    assert create.name == start.name == rootfs_job(state).name
    assert start.attempt == 1
    assert summary(plan(state).status) == {
        "Ready": "False BuildingRootfs",
        "Reconciling": "True Progressing",
        "InputsReady": "True InputsReady",
        "Built": "False BuildingRootfs",
        "Verified": "Unknown Progressing",
        "Published": "Unknown Progressing",
        "RolledOut": "False NoSelector",
    }


def test_while_the_root_filesystem_is_built_nothing_is_done() -> None:
    state = a_state()
    state = replace(state, rootfs_job=rootfs_job(state, phase="rootfs"))
    found = plan(state)
    assert found.actions == ()
    assert found.status.phase == "Building"
    assert found.status.build is not None
    assert (found.status.build.phase, found.status.build.percent) == ("rootfs", 15)
    assert summary(found.status)["Built"] == "False BuildingRootfs"


def test_a_built_root_filesystem_starts_the_job_of_the_image() -> None:
    state = with_built_rootfs(a_state())
    create, start = plan(state).actions
    assert isinstance(create, CreateInputs)
    assert isinstance(start, StartBuild)
    assert "build.yaml" in create.files
    assert "rootfs.yaml" not in create.files
    assert start.kind == "image"
    assert start.name == image_job(state).name


def test_an_image_that_boots_is_built_but_not_verified() -> None:
    state = with_built_rootfs(a_state())
    found = summary(plan(replace(state, image_job=image_job(state, phase="boot"))).status)
    assert found["Built"] == "True Built"
    assert found["Verified"] == "False Building"
    assert found["Published"] == "Unknown Progressing"


def test_a_finished_job_has_its_url_read_before_the_image_is_ready() -> None:
    state = with_built_image(a_state())
    (check,) = plan(state).actions
    assert check == CheckURL(f"http://images.example/{DIGEST}/worker.qcow2", 1000, f"sha256:{DIGEST}")
    assert plan(state).status.image is None
    assert summary(plan(state).status)["Ready"] == "False CheckingURL"


def test_an_image_whose_url_serves_its_bytes_is_ready() -> None:
    found = plan(with_served(with_built_image(a_state())))
    assert found.actions == ()
    assert found.status.phase == "Ready"
    assert found.status.image is not None
    assert found.status.image.checksum == DIGEST
    assert [entry.digest for entry in found.status.history] == [f"sha256:{DIGEST}"]
    assert summary(found.status) == {
        "Ready": "True Ready",
        "InputsReady": "True InputsReady",
        "Built": "True Built",
        "Verified": "True Verified",
        "Published": "True Published",
        "RolledOut": "False NoSelector",
    }


def test_a_published_image_is_never_built_again_though_its_jobs_are_gone() -> None:
    state = published()
    found = plan(replace(state, now=NOW + timedelta(days=400)))
    assert found.actions == ()
    assert found.status == state.status


@pytest.mark.parametrize("reason", [Reason.URL_UNREACHABLE, Reason.URL_MISMATCH])
def test_a_url_that_answers_wrongly_is_asked_again_and_publishes_nothing(reason: Reason) -> None:
    state = with_built_image(a_state())
    soon = plan(with_served(state, reason, ago=timedelta(seconds=1)))
    assert soon.actions == ()
    assert soon.wake_after is not None
    assert abs(soon.wake_after - (ASK_AGAIN - timedelta(seconds=1))) <= ASK_AGAIN * JITTER
    assert soon.status.image is None
    assert summary(soon.status)["Published"] == f"False {reason}"
    assert actions(with_served(state, reason, ago=timedelta(minutes=1))) == ["CheckURL"]


def test_a_changed_spec_builds_anew_and_keeps_what_is_published_until_then() -> None:
    before = published()
    other = a_state(profile=a_profile(system={"banners": {"login": "welcome"}}))
    state = replace(other, status=before.status)
    found = plan(state)
    assert [type(action).__name__ for action in found.actions] == ["CreateInputs", "StartBuild"]
    assert found.status.image == before.status.image
    assert summary(found.status)["Ready"] == "False BuildingRootfs"


def test_a_profile_that_changes_nothing_rebuilds_nothing() -> None:
    before = published()
    same = replace(a_state(profile=a_profile()), status=before.status)
    assert plan(same).actions == ()
    assert plan(same).status == before.status


def test_an_image_of_an_earlier_builder_stays_ready_and_says_so() -> None:
    before = published()
    assert isinstance(before.inputs, Prepared)
    former = replace(before, inputs=replace(before.inputs, versions={**before.inputs.versions, "disk": 0}))
    found = plan(former)
    assert found.actions == ()
    assert summary(found.status)["Ready"] == "True Ready"
    assert summary(found.status)["BuilderOutdated"] == "True BuilderOutdated"
    outdated = condition(found.status, "BuilderOutdated")
    assert outdated is not None
    assert "disk 0 → " in outdated.message
    assert found.status.phases == {**before.inputs.versions, "disk": 0}


@pytest.mark.parametrize("engine", ["native", "airship-v1"])
def test_what_the_settings_do_not_allow_is_no_build_that_failed_and_starts_once_they_do(engine: str) -> None:
    image = an_image(builder={"engine": engine, "image": "builder:9"})
    profile = a_profile() if engine == "native" else a_profile(software={}, kernel={})
    refused = written(a_state(image, profile))
    assert "Stalled" in summary(refused.status)
    assert refused.status.build is None
    allowed = replace(refused.policy, allowed_images=frozenset({"builder:9"}), airship_v1=True)
    assert actions(replace(refused, policy=allowed)) == ["CreateInputs", "StartBuild"]


def test_crds_that_drop_fields_are_told_of_for_as_long_as_they_do() -> None:
    told = "CustomResourceDefinition airshipimages.airshipit.org is older than the operator"
    found = plan(replace(published(), outdated_crds=(told,))).status
    assert summary(found)["CRDOutdated"] == "True CRDOutdated"
    assert summary(found)["Ready"] == "True Ready"
    mended = replace(published(), status=found)
    assert "CRDOutdated" not in summary(plan(mended).status)


def test_documents_that_make_no_image_stall_it_and_say_why() -> None:
    state = a_state_of_nothing(Reason.PROFILE_NOT_FOUND, "spec.profiles[0]: NodeProfile base does not exist")
    found = plan(state)
    assert found.actions == ()
    assert found.wake_after is None
    assert summary(found.status)["Stalled"] == "True ProfileNotFound"
    assert summary(found.status)["Ready"] == "False ProfileNotFound"
    assert "Reconciling" not in summary(found.status)
    stalled = condition(found.status, "Stalled")
    assert stalled is not None
    assert "NodeProfile base" in stalled.message


def test_an_image_that_stalls_keeps_what_it_published() -> None:
    before = published()
    broken = replace(a_state_of_nothing(Reason.INVALID_INPUT, "no"), status=before.status)
    assert plan(broken).status.image == before.status.image


@pytest.mark.parametrize(("image", "allowed"), [("builder:1", True), ("builder:2", True), ("evil:1", False)])
def test_only_builder_images_of_the_allow_list_build(image: str, *, allowed: bool) -> None:
    found = plan(a_state(an_image(builder={"image": image})))
    assert bool(found.actions) is allowed
    assert ("Stalled" in summary(found.status)) is not allowed


def test_a_suspended_image_starts_nothing_and_what_runs_is_finished() -> None:
    state = a_state(an_image(suspend=True))
    assert plan(state).actions == ()
    assert summary(plan(state).status)["Ready"] == "False Suspended"
    assert "Reconciling" not in summary(plan(state).status)
    assert plan(with_built_rootfs(state)).actions == ()
    assert plan(with_served(with_built_image(state))).status.phase == "Ready"


def test_an_image_that_need_not_boot_skips_verifying() -> None:
    found = plan(with_served(with_built_image(a_state(an_image(verify={"boot": False})))))
    assert summary(found.status)["Verified"] == "True VerifySkipped"


def test_what_has_no_boot_loader_is_not_booted_and_verified_says_so() -> None:
    image = {"type": "rootfs", "outputFileName": "worker.tar.zst"}
    found = plan(with_served(with_built_image(a_state(an_image(image=image)))))
    verified = condition(found.status, "Verified")
    assert verified is not None
    assert verified.reason == "VerifySkipped"
    assert verified.message == "an image of type rootfs has nothing that starts it"


@pytest.mark.parametrize(("phase", "missed"), [("configure", "Built"), ("boot", "Verified"), ("publish", "Published")])
def test_a_failure_that_a_person_must_mend_stalls_the_stage_that_it_belongs_to(phase: str, missed: str) -> None:
    state = with_built_rootfs(a_state())
    failure = a_failure(phase, retryable=False)  # type: ignore[arg-type]
    state = replace(state, image_job=image_job(state, outcome="failed", finished=NOW, failure=failure))
    found = plan(state)
    assert found.actions == ()
    assert found.wake_after is None
    assert summary(found.status)[missed] == "False PackagesFailed"
    assert summary(found.status)["Stalled"] == "True PackagesFailed"
    assert found.status.phase == "Failed"


def test_a_stalled_build_is_not_tried_again_when_its_job_is_gone() -> None:
    state = a_state()
    job = rootfs_job(state, outcome="failed", finished=NOW, failure=a_failure("rootfs", retryable=False))
    stalled = replace(written(replace(state, rootfs_job=job)), rootfs_job=None)
    assert plan(stalled).actions == ()
    assert plan(stalled).status == stalled.status


def test_a_failure_of_the_outside_world_is_tried_again_after_its_backoff() -> None:
    state = a_state()
    job = rootfs_job(state, outcome="failed", finished=NOW, failure=a_failure("fetch", retryable=True))
    waiting = replace(state, rootfs_job=job)
    found = plan(waiting)
    assert found.actions == ()
    assert found.wake_after is not None
    assert timedelta(seconds=7) < found.wake_after < timedelta(seconds=13)
    assert summary(found.status)["Reconciling"] == "True Retrying"
    assert found.status.build is not None
    assert (found.status.build.attempt, found.status.build.reason) == (1, "MirrorFailed")

    due = replace(written(waiting), now=NOW + timedelta(seconds=20))
    assert plan(due).actions == (DeleteJob(job.name, job.uid),)

    gone = replace(written(due), rootfs_job=None)
    start = plan(gone).actions[1]
    assert isinstance(start, StartBuild)
    assert start.attempt == 2
    build = plan(gone).status.build
    assert build is not None
    assert build.reason is None


def test_a_root_filesystem_that_the_cache_has_lost_is_made_again() -> None:
    state = with_built_rootfs(a_state())
    lost = BuildFailure(phase="disk", reason=Reason.CACHE_CORRUPT, message="not in the cache", retryable=True)
    failed = replace(state, image_job=image_job(state, outcome="failed", finished=NOW, failure=lost))
    due = replace(written(failed), now=NOW + timedelta(minutes=1))
    assert [action.uid for action in plan(due).actions if isinstance(action, DeleteJob)] == [
        "uid-of-image-job",
        "uid-of-rootfs-job",
    ]
    start = plan(replace(due, rootfs_job=None, image_job=None)).actions[1]
    assert isinstance(start, StartBuild)
    assert (start.kind, start.attempt) == ("rootfs", 2)


def test_a_failure_is_in_status_before_its_job_may_go() -> None:
    state = a_state()
    long_ago = NOW - timedelta(days=1)
    job = rootfs_job(state, outcome="failed", finished=long_ago, failure=a_failure("fetch", retryable=True))
    assert plan(replace(state, rootfs_job=job)).actions == ()


def test_a_job_that_somebody_deletes_is_started_again_as_the_same_try() -> None:
    state = a_state()
    running = written(replace(state, rootfs_job=rootfs_job(state, attempt=3, phase="fetch")))
    start = plan(replace(running, rootfs_job=None)).actions[1]
    assert isinstance(start, StartBuild)
    assert start.attempt == 3


def test_a_repaired_spec_is_taken_up_at_once() -> None:
    state = a_state()
    job = rootfs_job(state, outcome="failed", finished=NOW, failure=a_failure("rootfs", retryable=False))
    stalled = written(replace(state, rootfs_job=job))
    repaired = replace(
        a_state(profile=a_profile(software={"distribution": "debian", "suite": "bookworm", "packages": ["vim"]})),
        status=stalled.status,
    )
    assert actions(repaired) == ["CreateInputs", "StartBuild"]


def test_every_condition_tells_of_the_generation_that_it_saw() -> None:
    state = a_state()
    state = replace(state, identity=replace(state.identity, generation=5))
    found = plan(state).status
    assert found.observed_generation == 5
    assert {each.observed_generation for each in found.conditions} == {5}


def test_times_move_only_when_a_condition_does() -> None:
    first = written(a_state())
    later = replace(first, now=NOW + timedelta(hours=1), rootfs_job=rootfs_job(first, phase="fetch"))
    before = {each.type: each.last_transition_time for each in first.status.conditions}
    assert {each.type: each.last_transition_time for each in plan(later).status.conditions} == before
