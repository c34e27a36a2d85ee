"""What keeps a Job from being created, as far as it is known, and what does not."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airship_images.api.airshipimage import Resources
from airship_images.api.build import BuildFailure
from airship_images.api.reasons import Reason
from airship_images.plan.actions import StartBuild, WatchRoom
from airship_images.plan.obstacles import FRESH, HELD_BACK
from airship_images.plan.plan import Plan, plan
from airship_images.plan.room import Limit, Quota, Room, Survey
from airship_images.plan.state import State
from tests.unit.plan.states import (
    NOW,
    POLICY,
    a_state,
    an_image,
    condition,
    image_job,
    published,
    rootfs_job,
    summary,
    with_built_rootfs,
    written,
)

GIB = 1 << 30
NODE = {"kubernetes.io/arch": "amd64", "kubernetes.io/hostname": "one", "disk": "ssd"}
CLAIMS: Mapping[str, int | None] = {"airship-images": None, "cache": None}
FOUR_GIB = Resources(requests={"cpu": "500m"}, limits={"memory": "4Gi"})


def a_room(**known: Any) -> Room:
    return Room(**{"at": NOW, "claims": CLAIMS, "nodes": (NODE,), **known})


def a_quota(**limits: tuple[str, str]) -> tuple[Quota, ...]:
    """By name, with `_` for what no word of Python holds: (hard, used)."""
    named = {"jobs": "count/jobs.batch", "cpu": "requests.cpu", "memory": "limits.memory", "plain": "memory"}
    return (Quota("team", {named[name]: Limit(*map(Decimal, limit)) for name, limit in limits.items()}),)


def a_wish(room: Room | None = None, **builder: Any) -> State:
    """An image of which nothing is built yet, in that room."""
    state = a_state(an_image(builder=builder) if builder else None)
    return replace(state, policy=replace(POLICY, cache_claim="cache", resources=FOUR_GIB), room=room)


def starts(state: State) -> bool:
    return any(isinstance(action, StartBuild) for action in plan(state).actions)


def watches(found: Plan) -> bool:
    return any(isinstance(action, WatchRoom) for action in found.actions)


def held(state: State) -> tuple[str, str]:
    """Ready's reason and Built's message, of a Job that is not started."""
    found = plan(state)
    assert [type(action) for action in found.actions] == [WatchRoom]
    built = condition(found.status, "Built")
    assert built
    assert summary(found.status)["Ready"] == f"False {built.reason}"
    return built.reason, built.message


def test_a_missing_claim_stalls_the_image_and_is_no_build_that_failed() -> None:
    state = a_wish(a_room(claims={"airship-images": None}))
    found = plan(state)
    assert found.actions == (WatchRoom(state.room),)
    assert found.status.build is None
    assert summary(found.status) == {
        "Ready": "False ClaimNotFound",
        "Stalled": "True ClaimNotFound",
        "InputsReady": "True InputsReady",
        "Built": "False ClaimNotFound",
        "Verified": "Unknown Progressing",
        "Published": "Unknown Progressing",
        "RolledOut": "False NoSelector",
    }
    built = condition(found.status, "Built")
    assert built
    assert built.message == (
        f"Job {rootfs_job(state).name}: there is no PersistentVolumeClaim cache, which is for the cache"
    )
    assert [(event.type, event.reason) for event in found.events] == [("Warning", "ClaimNotFound")]
    created = replace(written(state), room=a_room())
    start = plan(created).actions[-1]
    assert isinstance(start, StartBuild)
    assert start.attempt == 1


@pytest.mark.parametrize(
    ("room", "builder", "reason", "said"),
    [
        ({"claims": {}}, {}, "ClaimNotFound", "PersistentVolumeClaim cache"),
        ({"nodes": ({"kubernetes.io/arch": "arm64"},)}, {}, "NoSuitableNode", "no node of 1 has the labels"),
        ({}, {"node_selector": {"disk": "nvme"}}, "NoSuitableNode", "disk=nvme, kubernetes.io/arch=amd64"),
        ({"quotas": a_quota(jobs=("5", "5"))}, {}, "QuotaExceeded", "team allows count/jobs.batch 5, of which 5 is"),
        ({"quotas": a_quota(cpu=("2", "1.6"))}, {}, "QuotaExceeded", "cpu 2, of which 1.6 is used, and it needs 0.5"),
        ({"quotas": a_quota(memory=("1e9", "0"))}, {}, "QuotaExceeded", "limits.memory 1000000000"),
        ({"quotas": a_quota(plain=("4e9", "0"))}, {}, "QuotaExceeded", "and it needs 4294967296"),
        ({"quotas": a_quota(cpu=("2", "0"))}, {"resources": {"requests": {"cpu": "3"}}}, "QuotaExceeded", "it needs 3"),
    ],
)  # fmt: skip
def test_what_is_missing_is_named(room: Any, builder: Any, reason: str, said: str) -> None:
    found, message = held(a_wish(a_room(**room), **builder))
    assert found == reason
    assert said in message


@pytest.mark.parametrize(
    ("scopes", "resources", "counts"),
    [
        ({"NotTerminating"}, FOUR_GIB, True),
        ({"NotTerminating"}, Resources(), True),
        ({"NotBestEffort"}, FOUR_GIB, True),
        ({"NotTerminating", "NotBestEffort"}, FOUR_GIB, True),
        ({"NotBestEffort"}, Resources(), False),
        ({"BestEffort"}, Resources(), False),
        ({"NotBestEffort"}, Resources(requests={"ephemeral-storage": "1Gi"}), False),
        ({"BestEffort"}, FOUR_GIB, False),
        ({"Terminating"}, FOUR_GIB, False),
        ({"NotTerminating", "PriorityClass"}, FOUR_GIB, False),
        ({"CrossNamespacePodAffinity"}, FOUR_GIB, False),
    ],
)
def test_a_quota_of_some_pods_holds_a_job_back_only_if_it_counts_its_pod_for_certain(
    scopes: set[str], resources: Resources, *, counts: bool
) -> None:
    full = Quota("some", {"pods": Limit(Decimal(5), Decimal(5))}, frozenset(scopes))
    state = a_wish(a_room(quotas=(full,)))
    assert starts(replace(state, policy=replace(state.policy, resources=resources))) is not counts


@pytest.mark.parametrize(
    ("quotas", "stalled"),
    [
        (a_quota(cpu=("2", "1.6")), False),
        (a_quota(cpu=("0.4", "0")), True),
        (a_quota(jobs=("1", "1")), False),
        (a_quota(jobs=("0", "0")), True),
    ],
)
def test_a_quota_that_others_use_is_waited_for_and_one_that_can_never_do_is_not(
    quotas: tuple[Quota, ...], *, stalled: bool
) -> None:
    found = summary(plan(a_wish(a_room(quotas=quotas))).status)
    assert ("Stalled" in found) is stalled
    assert ("Reconciling" in found) is not stalled


@pytest.mark.parametrize(
    "room",
    [
        None,
        a_room(),
        a_room(claims=None, nodes=None),
        a_room(nodes=()),
        a_room(claims={"airship-images": 1 << 40, "cache": 1}),
        a_room(quotas=a_quota(cpu=("2", "1.5"), jobs=("6", "5"))),
        a_room(at=NOW - timedelta(days=1)),
    ],
)
def test_what_is_not_known_or_there_holds_nothing_back(room: Room | None) -> None:
    assert starts(a_wish(room))


@pytest.mark.parametrize("age", [FRESH + timedelta(seconds=1), timedelta(hours=-2)], ids=["old", "clock set back"])
def test_old_knowledge_starts_a_job_and_holds_none_back_before_it_was_looked_again(age: timedelta) -> None:
    old = a_wish(a_room(claims={}, at=NOW - age))
    assert held(old)[0] == Reason.BUILD_PENDING
    assert plan(old).actions == (WatchRoom(None),), "any look is news"
    assert "Stalled" not in summary(plan(old).status)
    told = replace(written(a_wish(a_room(claims={}))), now=NOW + timedelta(hours=1))
    assert plan(told).status.conditions == told.status.conditions, "what was told stays while nobody can look"
    assert plan(told).actions == (WatchRoom(None),)


@pytest.mark.parametrize(
    ("image_type", "capacity", "fits"),
    [
        ("raw", 4 * GIB - 1, False),
        ("raw", 4 * GIB, True),
        ("raw", None, True),
        ("qcow2", 1, True),
    ],
)
def test_a_raw_image_needs_a_volume_as_large_as_its_disk(image_type: str, capacity: int | None, *, fits: bool) -> None:
    image = an_image(image={"type": image_type, "outputFileName": f"worker.{image_type}"})
    state = with_built_rootfs(replace(a_state(image), policy=a_wish().policy))
    state = replace(state, room=a_room(claims={**CLAIMS, "airship-images": capacity}))
    assert starts(state) is fits
    if not fits:
        reason, message = held(state)
        assert reason == "ClaimTooSmall"
        assert "needs 4294967296" in message


def test_another_build_needs_a_volume_as_large_as_the_last_artifact() -> None:
    before = published()
    newer = a_state(an_image(params={"system": {"banners": {"login": "welcome"}}}))
    state = replace(with_built_rootfs(newer), status=before.status, room=a_room(claims={"airship-images": 999}))
    assert held(state)[0] == "ClaimTooSmall"
    assert starts(replace(state, room=a_room(claims={"airship-images": 1000})))


def test_a_root_filesystem_needs_no_output() -> None:
    assert starts(a_wish(a_room(claims={"cache": None})))


def test_an_image_of_its_own_claim_needs_that_one() -> None:
    own = {"pvc": {"claimName": "mine", "baseURL": "http://images.example/"}}
    state = with_built_rootfs(replace(a_state(an_image(output=own)), room=a_room(claims={"airship-images": None})))
    assert "PersistentVolumeClaim mine, which is for the published image" in held(state)[1]


def test_what_runs_or_is_published_is_not_looked_at() -> None:
    nothing = a_room(claims={})
    state = a_wish(nothing)
    assert plan(replace(state, rootfs_job=rootfs_job(state))).actions == ()
    built = with_built_rootfs(state)
    assert plan(replace(built, image_job=image_job(built, phase="boot"))).actions == ()
    assert plan(replace(published(), room=nothing)).status == published().status


def test_a_retry_that_is_held_back_keeps_what_is_known_of_the_failure() -> None:
    state = a_wish(a_room())
    failure = BuildFailure(phase="fetch", reason="MirrorFailed", message="503", retryable=True)
    told = written(replace(state, rootfs_job=rootfs_job(state, outcome="failed", finished=NOW, failure=failure)))
    due = replace(told, rootfs_job=None, now=NOW + timedelta(hours=1))
    due = replace(due, room=a_room(claims={}, at=due.now))
    assert held(due)[0] == "ClaimNotFound"
    assert plan(due).status.build == told.status.build
    start = plan(replace(written(due), room=a_room())).actions[-1]
    assert isinstance(start, StartBuild)
    assert start.attempt == 2


@given(
    claims=st.none() | st.dictionaries(st.sampled_from(["airship-images", "cache", "else"]), st.none() | st.just(GIB)),
    nodes=st.none() | st.lists(st.sampled_from([NODE, {"kubernetes.io/arch": "arm64"}, {}]), max_size=3).map(tuple),
    hard=st.integers(0, 3),
    used=st.integers(0, 3),
    age=st.timedeltas(timedelta(), timedelta(minutes=5)),
    made=st.booleans(),
)
def test_a_job_is_started_or_the_room_is_watched_and_never_both(
    claims: Any, nodes: Any, hard: int, used: int, age: timedelta, *, made: bool
) -> None:
    quotas = a_quota(jobs=(str(hard), str(used)))
    room = a_room(claims=claims, nodes=nodes, quotas=quotas, at=NOW - age)
    state = replace(with_built_rootfs(a_wish()) if made else a_wish(), room=room)
    found = plan(state)
    watched = watches(found)
    assert watched is not starts(state)
    assert ("Stalled" in summary(found.status)) <= watched
    if watched and age <= FRESH:
        built = condition(found.status, "Built")
        assert built
        assert built.reason in HELD_BACK
    assert not watches(plan(replace(written(state), room=replace(room, claims=None, nodes=None, quotas=()))))


def test_a_survey_tells_each_namespace_its_own() -> None:
    (quota,) = a_quota(jobs=("1", "0"))
    survey = Survey(NOW, {"a": {"x": 1}}, {"a": (quota,)}, (NODE,))
    assert survey.of("a") == Room(NOW, {"x": 1}, (quota,), (NODE,))
    assert survey.of("b") == Room(NOW, {}, (), (NODE,))
    assert Survey(NOW).of("a") == Room(NOW)
    assert survey.of("a").tells_the_same(replace(survey.of("a"), at=NOW + FRESH))
    assert not survey.of("a").tells_the_same(survey.of("b"))
    assert not survey.of("a").tells_the_same(None)
