"""Who may build where only so many may at once."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airship_images.plan.actions import JobKind
from airship_images.plan.line import Limits, Line, Turn, Waiter, arrange
from airship_images.plan.plan import plan
from tests.unit.plan.states import NOW, a_state, rootfs_job, summary, with_built_rootfs, written


def a_waiter(name: str, *, minutes: int = 0, kind: JobKind = "rootfs") -> Waiter:
    """`namespace/job`, waiting for so long."""
    namespace, _, job = name.partition("/")
    return Waiter(namespace, job, kind, NOW - timedelta(minutes=minutes))


def names(line: Line) -> tuple[list[str], list[str]]:
    """The jobs that may start, and those that wait."""
    return [each.job for each in line.admitted], [each.job for each in line.waiting]


@pytest.mark.parametrize(
    ("limits", "running", "admitted", "waiting"),
    [
        (Limits(), {"a": 100}, ["a3", "b1", "a1", "a2"], []),
        (Limits(total=2), {}, ["a3", "b1"], ["a1", "a2"]),
        (Limits(total=2), {"a": 1}, ["b1"], ["a3", "a1", "a2"]),
        (Limits(total=2), {"a": 2}, [], ["b1", "a3", "a1", "a2"]),
        (Limits(per_namespace=1), {}, ["a3", "b1"], ["a1", "a2"]),
        (Limits(per_namespace=1), {"a": 1}, ["b1"], ["a3", "a1", "a2"]),
        (Limits(total=9, per_namespace=2), {"b": 2}, ["a3", "a1"], ["a2", "b1"]),
    ],
)
def test_the_namespace_with_the_fewest_jobs_comes_first(
    limits: Limits, running: dict[str, int], admitted: list[str], waiting: list[str]
) -> None:
    waiters = [
        a_waiter("a/a1", minutes=9),
        a_waiter("a/a2", minutes=8),
        a_waiter("b/b1", minutes=1),
        a_waiter("a/a3", minutes=2, kind="image"),
    ]
    found = names(arrange(waiters, running, {}, limits))
    if limits == Limits():
        assert (sorted(found[0]), found[1]) == (sorted(admitted), waiting)
    else:
        assert found == (admitted, waiting)


WAITERS = st.lists(
    st.builds(
        a_waiter,
        st.tuples(st.sampled_from("abc"), st.integers(0, 30)).map(lambda each: f"{each[0]}/{each[1]}"),
        minutes=st.integers(0, 60),
        kind=st.sampled_from(["rootfs", "image"]),
    ),
    max_size=20,
    unique_by=lambda each: (each.namespace, each.job),
)
RUNNING = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 5), max_size=4)
LIMIT = st.none() | st.integers(1, 8)


@given(WAITERS, RUNNING, RUNNING, LIMIT, LIMIT)
def test_no_limit_is_passed_no_free_place_left_and_no_namespace_favoured(
    waiters: list[Waiter],
    running: dict[str, int],
    turns: dict[str, int],
    total: int | None,
    per_namespace: int | None,
) -> None:
    line = arrange(waiters, running, turns, Limits(total, per_namespace))
    assert sorted([*line.admitted, *line.waiting], key=str) == sorted(waiters, key=str)
    after = Counter(running) + Counter(each.namespace for each in line.admitted)
    free = None if total is None else total - sum(running.values())
    assert free is None or len(line.admitted) <= max(free, 0)
    for waiter in line.waiting:
        crowded = per_namespace is not None and after[waiter.namespace] >= per_namespace
        assert crowded or (free is not None and len(line.admitted) >= free)
    for waiter in line.admitted:
        assert per_namespace is None or after[waiter.namespace] <= max(per_namespace, running.get(waiter.namespace, 0))
        poorer = [each for each in line.waiting if after[each.namespace] < after[waiter.namespace] - 1]
        assert poorer == [] or (per_namespace is not None)


@given(WAITERS)
def test_where_one_runs_at_once_each_namespace_has_its_turn_before_any_has_a_second(waiters: list[Waiter]) -> None:
    waiting, order = [*waiters], []
    turns: Counter[str] = Counter()
    for number in range(1, len(waiters) + 1):
        (first,) = arrange(waiting, {}, turns, Limits(total=1)).admitted
        waiting.remove(first)
        turns[first.namespace] = number
        order.append(first.namespace)
    namespaces = {each.namespace for each in waiters}
    assert {*order[: len(namespaces)]} == namespaces


def test_an_image_in_line_starts_nothing_and_tells_its_place() -> None:
    queued = plan(replace(a_state(), turn=Turn(3, 12, 4)))
    assert queued.actions == ()
    assert queued.wake_after == timedelta(seconds=15)
    assert summary(queued.status)["Built"] == "False Queued"
    assert summary(queued.status)["Reconciling"] == "True Progressing"
    assert queued.status.build is not None
    assert queued.status.build.queue_position == 3
    assert "number 3 of 12 in line; 4 builds run" in queued.status.build.message


def test_an_image_that_is_far_behind_looks_seldom() -> None:
    assert plan(replace(a_state(), turn=Turn(40, 90, 4))).wake_after == timedelta(seconds=200)
    assert plan(replace(a_state(), turn=Turn(4000, 9000, 4))).wake_after == timedelta(minutes=5)


def test_how_long_an_image_has_waited_is_kept_in_status() -> None:
    state = a_state()
    assert state.waiting_since == NOW
    waiting = written(replace(state, turn=Turn(3, 12, 4)))
    later = replace(waiting, now=NOW + timedelta(hours=1))
    assert later.waiting_since == NOW
    assert written(replace(later, turn=Turn(2, 12, 4))).waiting_since == NOW


def test_an_image_whose_turn_comes_starts_as_the_same_try() -> None:
    waiting = written(replace(a_state(), turn=Turn(1, 1, 4)))
    started = plan(replace(waiting, turn=None))
    assert started.leaves_status
    running = plan(replace(waiting, turn=None, rootfs_job=rootfs_job(waiting, phase="fetch")))
    assert running.status.build is not None
    assert (running.status.build.attempt, running.status.build.queue_position) == (1, None)


def test_a_made_root_filesystem_waits_for_its_image_to_be_started() -> None:
    queued = plan(replace(with_built_rootfs(a_state()), turn=Turn(1, 1, 4)))
    assert queued.status.build is not None
    assert (queued.status.build.phase, queued.status.build.percent) == ("disk", 50)
