"""What holds of the small steps beside the chain, whatever there is to be seen."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from airship_images.api.catalogue import VersionsCatalogue
from airship_images.api.reasons import Reason
from airship_images.plan.actions import StartBuild
from airship_images.plan.catalogue import Entry, catalogue, entries, entry, named_digests
from airship_images.plan.checking import LATEST, TRUSTED, due, fresh, until_due
from airship_images.plan.host_image import image_of
from airship_images.plan.jobs import PHASES, Job
from airship_images.plan.plan import plan
from airship_images.plan.served import Served
from airship_images.plan.state import Check, State
from airship_images.plan.steps.failures import failures
from airship_images.plan.steps.inputs import inputs
from airship_images.plan.steps.supersede import supersede
from tests.unit.plan.states import DIGEST, NOW, POLICY, a_failure, a_state, an_image, published

OUTCOMES = st.sampled_from(["active", "succeeded", "failed"])
AGES = st.integers(0, 100).map(lambda minutes: timedelta(minutes=minutes))
FORMER = st.lists(st.tuples(st.sampled_from([None, *PHASES["image"]]), OUTCOMES), max_size=5)


@given(FORMER, st.booleans())
def test_what_publishes_or_has_ended_is_never_stopped_and_all_else_is_stopped_once(
    seen: list[tuple[str | None, str]], suspended: bool
) -> None:
    jobs = tuple(
        Job(f"worker-{number}", f"uid-{number}", 1, outcome, phase)  # type: ignore[arg-type]
        for number, (phase, outcome) in enumerate(seen)
    )
    state = replace(a_state(an_image(suspend=suspended)), former_jobs=jobs)
    stopped = supersede(state)
    assert not any(job.phase == "publish" or job.outcome != "active" for job in stopped)
    left = replace(state, former_jobs=tuple(job for job in jobs if job not in stopped))
    assert supersede(left) == ()
    assert suspended == (stopped == ()) or all(job.phase == "publish" or job.outcome != "active" for job in jobs)


ENDED = st.lists(st.tuples(st.sampled_from(["succeeded", "failed"]), AGES), max_size=8)


@given(ENDED, st.integers(1, 4) | st.none())
def test_of_failed_builds_the_newest_stay_and_no_more_than_asked_for(
    seen: list[tuple[str, timedelta]], keep: int | None
) -> None:
    retention = {"failures": {"keep": keep} if keep else {"maxAge": "72h"}}
    jobs = tuple(
        Job(
            f"worker-{number}",
            f"uid-{number}",
            1,
            outcome,  # type: ignore[arg-type]
            finished=NOW - age,
            failure=a_failure("configure", retryable=False) if outcome == "failed" else None,
        )
        for number, (outcome, age) in enumerate(seen)
    )
    state = replace(published(a_state(an_image(retention=retention))), ended_jobs=jobs)
    gone = {action.name for action in failures(state).actions}
    failed = {job.name: NOW - (job.finished or NOW) for job in jobs if job.outcome == "failed"}
    kept = [age for name, age in failed.items() if name not in gone]
    assert len(kept) == (min(keep, len(failed)) if keep else len(failed))
    assert all(age >= max(kept, default=timedelta()) for name, age in failed.items() if name in gone)
    left = replace(state, ended_jobs=tuple(job for job in jobs if job.name not in gone))
    assert failures(left).actions == ()


BUILDERS = st.sampled_from(["builder:1", "builder:2", "builder:3", "other/builder:1"])


@given(BUILDERS, BUILDERS, st.frozensets(BUILDERS))
def test_no_builder_runs_but_that_of_the_settings_and_those_on_their_list(
    chosen: str, usual: str, allowed: frozenset[str]
) -> None:
    policy = replace(POLICY, builder_image=usual, allowed_images=allowed)
    state = replace(a_state(an_image(builder={"image": chosen})), policy=policy)
    may_run = chosen in {usual, *allowed}
    assert (inputs(state).reason is Reason.INPUTS_READY) is may_run
    started = [action.builder_image for action in plan(state).actions if isinstance(action, StartBuild)]
    assert started == ([chosen] if may_run else [])


REASONS = st.sampled_from([None, Reason.URL_MISMATCH, Reason.URL_UNREACHABLE])


def asked(ago: timedelta, reason: Reason | None, failures: int) -> State:
    state = published()
    assert state.status.image is not None
    served = Served(state.status.image.url, state.status.image.digest, reason, ends=None if reason else DIGEST)
    return replace(state, checks={(served.url, served.digest): Check(NOW - ago, served, failures)})


@given(AGES, REASONS, st.integers(0, 2000))
def test_a_url_is_either_asked_or_its_answer_counts_and_the_wait_has_an_end(
    ago: timedelta, reason: Reason | None, failures: int
) -> None:
    state = asked(ago, reason, failures)
    image = state.status.image
    assert image is not None
    answer, wait = fresh(state, image), until_due(state, image)
    assert wait <= max(TRUSTED, LATEST * 1.25), "with its jitter"
    assert (due(state, image) == ()) is (wait > timedelta())
    if answer is not None and answer.reason is None:
        assert wait > timedelta(), "no host goes where nobody has looked for long"
    assert due(replace(state, now=state.now + wait), image), "and then it is asked"


NAMES = st.sampled_from(["base", "worker", "storage", "gpu"])
ENTRIES = st.builds(
    lambda number, form, profiles: entry(
        image_of(f"http://images.example/{number:064x}/a.{form}", f"sha256:{number:064x}", form), profiles
    ),
    st.integers(1, 5),
    st.sampled_from(["qcow2", "raw", "live-iso"]),
    st.frozensets(NAMES, min_size=1),
)
IMAGES = st.dictionaries(NAMES, ENTRIES)


@given(IMAGES, IMAGES, st.frozensets(NAMES))
def test_a_catalogue_names_what_is_there_and_of_the_rest_what_was_not_withdrawn(
    before: dict[str, Entry], present: dict[str, Entry], withdrawn: frozenset[str]
) -> None:
    former = catalogue(before)
    found = catalogue(present, former, withdrawn=withdrawn)
    expected = {name: each for name, each in before.items() if name not in withdrawn} | present
    assert entries(found) == expected
    assert catalogue(present, found, withdrawn=withdrawn) == found
    assert VersionsCatalogue.model_validate(found.dump()) == found
    assert len(named_digests([found])) == len({each.image.url.rsplit("/", 2)[1] for each in expected.values()})
