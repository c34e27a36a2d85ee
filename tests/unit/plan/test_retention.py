"""Which artifacts are withdrawn, which are removed, and what stays whatever happens."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airship_images.api.build import BuildFailure, Refusal, Removal
from airship_images.api.reasons import Reason
from airship_images.api.status import AirshipImageStatus, HistoryEntry
from airship_images.plan.actions import DeleteJob, FindReferences, RemoveArtifacts, SetFinalizer, WatchRoom
from airship_images.plan.jobs import Job, removal_job_name
from airship_images.plan.plan import plan
from airship_images.plan.references import References
from airship_images.plan.room import Room
from airship_images.plan.state import State
from airship_images.plan.texts import timestamp
from tests.unit.plan.states import (
    BASE_URL,
    DIGEST,
    NOW,
    a_state,
    an_image,
    condition,
    published,
    with_built_image,
    with_served,
)

DAY = timedelta(days=1)
OLDER = tuple(f"{number:02x}" * 32 for number in range(1, 6))
"""Digests, the newest first; what is published now is DIGEST."""
UID = a_state().identity.uid


def an_entry(digest: str, age: timedelta, **known: Any) -> HistoryEntry:
    return HistoryEntry(
        digest=f"sha256:{digest}",
        url=f"{BASE_URL}{digest}/worker.qcow2",
        published_at=timestamp(NOW - age),
        **known,
    )


def kept(retention: dict[str, Any] | None = None, *entries: HistoryEntry, **spec: Any) -> State:
    """Published now, and five times before, a day apart, unless `entries` say otherwise."""
    state = published(a_state(an_image(**({"retention": retention} if retention else {}), **spec)))
    older = entries or tuple(an_entry(digest, place * DAY) for place, digest in enumerate(OLDER, 1))
    status = state.status.model_copy(update={"history": [state.status.history[0], *older]})
    settled = plan(replace(state, status=status, references=References(NOW, unknown="nobody has looked"))).status
    quiet = [each for each in settled.conditions if each.type != "RetentionBlocked"]
    return replace(state, status=settled.model_copy(update={"conditions": quiet, "history": status.history}))


def looked(state: State, **found: str) -> State:
    """Everything was listed just now; `found`: who names a digest."""
    names = {digest: frozenset({who}) for digest, who in found.items()}
    return replace(state, references=References(state.now, names))


def withdrawn(status: AirshipImageStatus) -> list[str]:
    return [each.digest.removeprefix("sha256:") for each in status.history if each.withdrawn_at]


def known(status: AirshipImageStatus) -> list[str]:
    return [each.digest.removeprefix("sha256:") for each in status.history]


def removals(state: State) -> list[RemoveArtifacts]:
    return [each for each in plan(state).actions if isinstance(each, RemoveArtifacts)]


def with_job(state: State, **known: Any) -> State:
    job = Job(**{"name": removal_job_name(UID), "uid": "uid-of-removal", "attempt": 1, "outcome": "active", **known})
    return replace(state, removal_job=job)


def removed(state: State, *digests: str, refused: dict[str, Refusal] | None = None) -> State:
    return with_job(state, outcome="succeeded", removal=Removal(removed=digests, refused=refused or {}))


def blocked(state: State) -> tuple[str, str] | None:
    found = condition(plan(state).status, "RetentionBlocked")
    return None if found is None else (found.reason, found.message)


def test_nothing_ever_goes_unless_it_was_asked_for() -> None:
    state = looked(kept())
    assert plan(state).actions == ()
    assert withdrawn(plan(state).status) == []


@pytest.mark.parametrize(
    ("retention", "goes"),
    [
        ({"keep": 3}, OLDER[2:]),
        ({"keep": 1}, OLDER),
        ({"keep": 30}, ()),
        ({"maxAge": "72h"}, OLDER[2:]),
        ({"maxAge": "1h"}, OLDER),
        ({"keep": 2, "maxAge": "96h"}, OLDER[3:]),
        ({"keep": 5, "maxAge": "1h"}, OLDER[4:]),
        ({"grace": "1h"}, ()),
        ({"failures": {"keep": 1}}, ()),
    ],
)
def test_number_and_age_say_what_is_withdrawn(retention: dict[str, Any], goes: tuple[str, ...]) -> None:
    assert withdrawn(plan(looked(kept(retention))).status) == list(goes)
    assert not removals(looked(kept(retention))), "nothing is removed at the same time"


def test_nothing_is_withdrawn_before_everything_was_looked_at() -> None:
    state = kept({"keep": 1})
    assert plan(state).actions == (FindReferences(),)
    assert withdrawn(plan(state).status) == []
    stale = replace(state, references=References(NOW - timedelta(minutes=2)))
    assert plan(stale).actions == (FindReferences(),)


@pytest.mark.parametrize("unknown", [None, "baremetalhosts cannot be listed: forbidden"], ids=["listed", "not listed"])
def test_a_look_from_before_the_clock_was_set_back_is_an_old_one(unknown: str | None) -> None:
    """By what the clock says it is yet to come, for hours; meanwhile others may have come to name what would go."""
    late = after_grace(looked(kept({"keep": 4})))
    state = replace(late, references=References(late.now + timedelta(hours=2), unknown=unknown))
    assert plan(state).actions == (FindReferences(),)


def test_what_cannot_be_listed_stops_everything_and_is_said() -> None:
    state = replace(kept({"keep": 1}), references=References(NOW, unknown="baremetalhosts cannot be listed: forbidden"))
    outcome = plan(state)
    assert outcome.actions == ()
    assert withdrawn(outcome.status) == []
    assert blocked(state) == ("ReferencesUnknown", "nothing is removed: baremetalhosts cannot be listed: forbidden")
    assert [each.reason for each in outcome.events] == ["ReferencesUnknown"]
    assert outcome.wake_after is not None
    assert plan(replace(state, now=NOW + outcome.wake_after)).actions == (FindReferences(),)
    told = replace(state, status=outcome.status)
    assert plan(told).events == (), "once"
    assert plan(replace(told, references=None)).status == outcome.status, "a restart forgets the look, not what is told"


@pytest.mark.parametrize(
    "state",
    [
        looked(kept({"keep": 1}), **{OLDER[1]: "BareMetalHost metal/one"}),
        replace(looked(kept({"keep": 1})), pins=frozenset({OLDER[1][:12]})),
        looked(kept({"keep": 1}, *(an_entry(each, DAY, refused="Unknown") for each in OLDER[1:2]))),
        looked(kept({"keep": 1}, an_entry(OLDER[1], DAY).model_copy(update={"url": "http://other.example/a"}))),
    ],
    ids=["named", "pinned", "refused", "elsewhere"],
)
def test_it_stays_when_it_is(state: State) -> None:
    assert OLDER[1] not in withdrawn(plan(state).status)
    assert OLDER[1] in known(plan(state).status)


def test_what_the_catalogue_still_names_is_looked_at_again_within_a_minute_and_not_an_hour() -> None:
    """It follows what is published a moment later."""
    named = dict.fromkeys(OLDER, "ConfigMap default/airship-images-catalogue")
    outcome = plan(looked(kept({"keep": 1}), **named))
    assert withdrawn(outcome.status) == []
    assert outcome.wake_after == timedelta(minutes=1)
    later = replace(looked(kept({"keep": 1}), **named), now=NOW + timedelta(seconds=61))
    assert plan(later).actions == (FindReferences(),)
    hosts = dict.fromkeys(OLDER, "BareMetalHost metal/one")
    assert plan(looked(kept({"keep": 1}), **hosts)).wake_after == timedelta(hours=1)


def test_what_the_image_names_itself_is_no_reason_to_keep_it() -> None:
    own = dict.fromkeys(OLDER, "AirshipImage default/worker")
    assert withdrawn(plan(looked(kept({"keep": 1}), **own)).status) == list(OLDER)


@pytest.mark.parametrize("spec", [{"suspend": True}, {"verify": {"boot": False}}], ids=["suspended", "building"])
def test_nothing_goes_while_it_is(spec: dict[str, Any]) -> None:
    state = looked(kept({"keep": 1}))
    changed = an_image(retention={"keep": 1}, **spec)
    state = replace(state, spec=changed.spec, inputs=a_state(changed).inputs)
    assert withdrawn(plan(state).status) == []


def after_grace(state: State) -> State:
    """Withdrawn, and a day has passed."""
    told = replace(state, status=plan(state).status)
    return replace(told, now=NOW + DAY + timedelta(seconds=1))


def test_what_was_withdrawn_is_removed_after_its_grace_and_another_look() -> None:
    state = looked(kept({"keep": 4}))
    early = looked(replace(state, status=plan(state).status))
    assert plan(early).actions == ()
    assert plan(early).wake_after == DAY
    late = after_grace(state)
    assert plan(late).actions == (FindReferences(),), "the look before the grace says nothing of now"
    (job,) = removals(looked(late))
    assert (job.name, job.image, job.output_claim) == (removal_job_name(UID), "worker", "airship-images")
    assert job.digests == (OLDER[4], OLDER[3])
    assert job.before == timestamp(NOW)


def test_a_removal_without_its_claim_is_not_started_and_says_so() -> None:
    due = looked(after_grace(looked(kept({"keep": 3}))))
    for age, told in ((timedelta(), "ClaimNotFound"), (timedelta(minutes=5), None)):
        state = replace(due, room=Room(due.now - age, claims={}))
        assert plan(state).actions == (WatchRoom(state.room if told else None),)
        assert (blocked(state) or (None,))[0] == told
        assert known(plan(state).status) == known(due.status)
    (job,) = removals(replace(due, room=Room(due.now, claims={"airship-images": None})))
    assert len(job.digests) == 3


def test_what_is_named_again_in_its_grace_is_offered_again() -> None:
    late = looked(after_grace(looked(kept({"keep": 4}))), **{OLDER[4]: "DataImage metal/one"})
    assert withdrawn(plan(late).status) == [OLDER[3]]
    assert not removals(late), "status tells of it first"
    (job,) = removals(looked(replace(late, status=plan(late).status), **{OLDER[4]: "DataImage metal/one"}))
    assert job.digests == (OLDER[3],)


def test_what_is_wanted_again_in_its_grace_is_offered_again() -> None:
    late = looked(after_grace(looked(kept({"keep": 4}))))
    more = an_image(retention={"keep": 6})
    assert withdrawn(plan(replace(late, spec=more.spec)).status) == []
    assert withdrawn(plan(replace(late, spec=an_image().spec)).status) == []


def test_what_is_published_again_is_not_withdrawn_any_more() -> None:
    """An earlier spec came back, and its build gave the bytes that it gave before."""
    state = kept({"keep": 1}, an_entry(DIGEST, DAY, withdrawn_at=timestamp(NOW)), an_entry(OLDER[0], 2 * DAY))
    before = state.status.model_copy(update={"history": state.status.history[1:], "image": None, "build": None})
    again = looked(with_served(with_built_image(replace(state, status=before))))
    assert known(plan(again).status) == [DIGEST, OLDER[0]]
    assert withdrawn(plan(again).status) == [OLDER[0]]


def test_what_the_job_removed_leaves_the_history_and_then_the_job_goes() -> None:
    late = looked(after_grace(looked(kept({"keep": 4}))))
    assert plan(with_job(late)).actions == (), "one Job at a time"
    done = removed(late, OLDER[4], OLDER[3])
    assert known(plan(done).status) == [DIGEST, *OLDER[:3]]
    assert [each.reason for each in plan(done).events] == ["Removed", "Removed"]
    told = replace(done, status=plan(done).status)
    assert plan(told).actions == (DeleteJob(removal_job_name(UID), "uid-of-removal"),)


def test_what_the_store_refuses_is_told_and_not_asked_for_again() -> None:
    late = looked(after_grace(looked(kept({"keep": 4}))))
    done = removed(late, OLDER[3], refused={OLDER[4]: "OtherContent"})
    assert known(plan(done).status) == [DIGEST, *OLDER[:3], OLDER[4]]
    told = replace(done, status=plan(done).status, removal_job=None)
    assert not removals(told)
    assert blocked(told) == (
        "RemovalRefused",
        f"not what was published, and left alone: sha256:{OLDER[4][:12]} (OtherContent)",
    )


def test_a_removal_that_fails_is_tried_again_much_later() -> None:
    late = looked(after_grace(looked(kept({"keep": 4}))))
    failure = BuildFailure(phase="prune-output", reason=Reason.NODE_LOST, message="gone", retryable=True)
    state = with_job(late, outcome="failed", failure=failure, finished=late.now)
    assert blocked(state) == ("RemovalFailed", f"Job {removal_job_name(UID)}: gone")
    wait = plan(state).wake_after
    assert wait is not None and wait > timedelta(minutes=5)
    assert plan(state).actions == ()
    assert [type(each) for each in plan(replace(state, now=state.now + wait)).actions] == [DeleteJob]


STAMPS = st.sampled_from([None, None, NOW - 3 * DAY, NOW - timedelta(hours=1)])
REFUSALS = st.sampled_from([None, None, None, "Unknown"])
ENTRIES = st.lists(st.tuples(st.integers(0, 40), STAMPS, REFUSALS), min_size=2, max_size=12)
RETENTIONS = st.builds(
    lambda limits, grace: {**limits, **grace},
    st.sampled_from([{"keep": 1}, {"keep": 2}, {"keep": 5}, {"maxAge": "1h"}, {"keep": 3, "maxAge": "240h"}, {}]),
    st.sampled_from([{}, {"grace": "2h"}]),
)
PLACES = st.sets(st.integers(0, 11), max_size=4)
PAUSES = st.sampled_from([timedelta(), timedelta(minutes=1), timedelta(hours=3), timedelta(hours=25), 10 * DAY])
FUTURES = st.lists(st.tuples(PAUSES, st.sampled_from([True, True, True, False]), PLACES), min_size=2, max_size=8)


@given(ENTRIES, RETENTIONS, PLACES, FUTURES)
def test_whatever_happens_what_is_current_named_or_pinned_is_never_removed_and_so_many_stay(
    entries: list[tuple[int, datetime | None, str | None]],
    asked: dict[str, Any],
    pinned: set[int],
    futures: list[tuple[timedelta, bool, set[int]]],
) -> None:
    """Looks at any time, at a cluster in which others come to name artifacts, or which cannot be listed."""
    digests = [f"{number:02x}" * 32 for number in range(16, 16 + len(entries))]
    older = [
        an_entry(digest, age * DAY, withdrawn_at=timestamp(at) if at else None, refused=refused)
        for digest, (age, at, refused) in zip(digests, entries, strict=True)
    ]
    state = kept(asked or None, *older)
    state = replace(state, pins=frozenset(digests[each][:12] for each in pinned if each < len(digests)))
    for pause, listed, names in futures:
        state = replace(state, now=state.now + pause)
        named = {digests[each] for each in names if each < len(digests)}
        at = References(state.now, {each: frozenset({"BareMetalHost a/b"}) for each in named})
        state = replace(state, references=at if listed else References(state.now, unknown="forbidden"))
        outcome = plan(state)
        assert known(outcome.status)[0] == DIGEST
        for job in [each for each in outcome.actions if isinstance(each, RemoveArtifacts)]:
            gone = set(job.digests)
            assert listed
            assert asked.keys() & {"keep", "maxAge"}
            assert not gone & {DIGEST, *named}
            assert not any(each.startswith(pin) for each in gone for pin in state.pins)
            assert gone <= set(withdrawn(state.status)), "told of before"
            assert gone.isdisjoint(known(state.status)[: asked.get("keep", 1)])
            state = removed(state, *job.digests)
            state = replace(state, status=plan(state).status, removal_job=None)
        if not any(isinstance(each, RemoveArtifacts) for each in outcome.actions):
            assert set(known(outcome.status)) == set(known(state.status)), "nothing is forgotten"
            state = replace(state, status=outcome.status)


def deleted(state: State, policy: str | None = "Delete") -> State:
    image = an_image(**({"deletionPolicy": policy} if policy else {}))
    return replace(state, spec=image.spec, deleting=True, has_finalizer=True)


def test_an_image_has_our_finalizer_only_while_its_artifacts_would_go_with_it() -> None:
    delete = an_image(deletionPolicy="Delete")
    assert plan(published(a_state(delete))).actions == (SetFinalizer(present=True),)
    assert not [each for each in plan(a_state(delete)).actions if isinstance(each, SetFinalizer)], (
        "nothing is there yet"
    )
    assert plan(replace(published(a_state(delete)), has_finalizer=True)).actions == ()
    killed = replace(a_state(delete), has_finalizer=True)
    assert not [each for each in plan(killed).actions if isinstance(each, SetFinalizer)], "no status tells of any yet"
    assert plan(published()).actions == ()
    assert plan(replace(published(), has_finalizer=True)).actions == (SetFinalizer(present=False),)


@pytest.mark.parametrize("policy", [None, "Retain"])
def test_the_artifacts_of_a_deleted_image_stay_unless_they_are_to_go(policy: str | None) -> None:
    assert plan(deleted(kept(), policy)).actions == (SetFinalizer(present=False),)


def test_a_deleted_image_withdraws_all_looks_removes_and_goes() -> None:
    state = deleted(kept(None, an_entry(OLDER[0], DAY), an_entry(OLDER[1], DAY)))
    first = plan(state)
    assert (first.actions, first.status.image, first.status.phase) == ((), None, "Deleting")
    assert withdrawn(first.status) == [DIGEST, *OLDER[:2]]
    told = replace(state, status=first.status)
    assert plan(told).actions == ()
    later = replace(told, now=NOW + timedelta(minutes=1))
    assert plan(later).actions == (FindReferences(),)
    unknown = replace(later, references=References(later.now, unknown="forbidden"))
    assert plan(unknown).actions == ()
    assert blocked(unknown) == ("ReferencesUnknown", "nothing is removed: forbidden")
    seen = looked(later, **{OLDER[1]: "BareMetalHost a/b"})
    (job,) = removals(seen)
    assert set(job.digests) == {DIGEST, OLDER[0]}
    done = removed(seen, *job.digests)
    assert known(plan(done).status) == [OLDER[1]]
    left = replace(done, status=plan(done).status)
    assert [type(each) for each in plan(left).actions] == [DeleteJob]
    last = plan(replace(left, removal_job=None))
    assert last.actions == (SetFinalizer(present=False),)
    assert [(each.reason, "BareMetalHost a/b" in each.message) for each in last.events] == [("Kept", True)]


def test_an_image_in_a_namespace_that_is_deleted_goes_with_it() -> None:
    assert plan(replace(deleted(kept()), namespace_ends=True)).actions == (SetFinalizer(present=False),)


def test_the_policy_may_be_changed_while_a_deleted_image_waits() -> None:
    waits = replace(deleted(kept()), references=References(NOW, unknown="forbidden"))
    assert plan(replace(waits, spec=an_image(deletionPolicy="Retain").spec)).actions == (SetFinalizer(present=False),)
