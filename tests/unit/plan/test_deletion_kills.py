"""An operator that is killed anywhere while artifacts go leaves the same store as one that is not."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from airship_images.api.build import Removal
from airship_images.api.status import AirshipImageStatus
from airship_images.plan.actions import DeleteJob, FindReferences, RemoveArtifacts, SetFinalizer
from airship_images.plan.jobs import Job
from airship_images.plan.plan import plan
from airship_images.plan.references import References
from airship_images.plan.state import State
from tests.unit.plan.states import BASE_URL, DIGEST, NOW, a_state, an_image, published
from tests.unit.plan.test_retention import OLDER, an_entry

DAY = timedelta(days=1)


class KilledError(Exception):
    """The operator died here."""


@dataclass
class Store:
    """The cluster and the volume of one image; `named` is what a host names all the time."""

    start: State
    named: frozenset[str]
    kills: frozenset[int]
    status: AirshipImageStatus
    artifacts: set[str] = field(default_factory=lambda: {DIGEST, *OLDER})
    now: datetime = NOW
    job: Job | None = None
    references: References | None = None
    has_finalizer: bool = True
    steps: int = 0

    def live(self) -> None:
        """Until the finalizer is gone, or nothing happens any more."""
        for _ in range(200):
            try:
                wait = self.look()
            except KilledError:
                self.references, wait = None, timedelta(seconds=30)
            if not self.has_finalizer or wait is None:
                return
            self.now += wait
        raise AssertionError("not at rest")

    def look(self) -> timedelta | None:
        """When to look again; None when nothing is left to do."""
        found = plan(
            replace(
                self.start,
                now=self.now,
                status=self.status,
                removal_job=self.job,
                references=self.references,
                has_finalizer=self.has_finalizer,
            )
        )
        for action in found.actions:
            match action:
                case FindReferences():
                    who = frozenset({"BareMetalHost metal/one"})
                    self.references = References(self.now, dict.fromkeys(self.named, who))
                case RemoveArtifacts():
                    self.remove(action)
                case DeleteJob():
                    self.job = None
                case SetFinalizer():
                    self.has_finalizer = action.present
            self.survive()
        changed = found.status != self.status and not found.leaves_status
        if changed:
            self.status = found.status
            self.survive()
        return timedelta(seconds=1) if found.actions or changed else found.wake_after

    def remove(self, action: RemoveArtifacts) -> None:
        """The Job ends well at once, unless its name is taken."""
        if self.job is not None:
            return
        assert not set(action.digests) & self.named
        self.artifacts -= set(action.digests)
        told = Removal(removed=action.digests, refused={})
        self.job = Job(action.name, f"uid-{self.steps}", 1, "succeeded", finished=self.now, removal=told)

    def survive(self) -> None:
        self.steps += 1
        if self.steps in self.kills:
            raise KilledError


def a_store(state: State, named: frozenset[str], kills: frozenset[int]) -> Store:
    older = [an_entry(digest, place * DAY) for place, digest in enumerate(OLDER, 1)]
    history = [published().status.history[0], *older]
    assert history[0].url.startswith(BASE_URL)
    return Store(state, named, kills, state.status.model_copy(update={"history": history}))


NAMED = st.frozensets(st.sampled_from([DIGEST, *OLDER]), max_size=3)
KILLS = st.frozensets(st.integers(1, 20), max_size=8)


@given(NAMED, KILLS)
def test_a_deleted_image_goes_and_leaves_what_is_named(named: frozenset[str], kills: frozenset[int]) -> None:
    image = an_image(deletionPolicy="Delete")
    store = a_store(replace(published(a_state(image)), deleting=True), named, kills)
    store.live()
    assert not store.has_finalizer
    assert store.artifacts == named


@given(NAMED, KILLS)
def test_a_retention_leaves_what_it_keeps_and_what_is_named(named: frozenset[str], kills: frozenset[int]) -> None:
    image = an_image(retention={"keep": 2, "grace": "1h"})
    store = a_store(published(a_state(image)), named, kills)
    store.has_finalizer = False
    for _ in range(30):
        try:
            wait = store.look()
        except KilledError:
            store.references, wait = None, timedelta(seconds=30)
        store.now += min(wait or DAY, DAY)
    assert store.artifacts == {DIGEST, OLDER[0], *named}
    assert {each.digest.removeprefix("sha256:") for each in store.status.history} == store.artifacts
