"""The line in front of the builds: who is let in, who is woken, and what is forgotten."""

from datetime import UTC, datetime, timedelta
from typing import Any

from airship_images.cluster.store import Store
from airship_images.cluster.table import Key
from airship_images.controller.line import WaitingLine
from airship_images.plan.actions import StartBuild
from airship_images.plan.line import Limits

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ONE, TWO, THREE = (("default", name) for name in ("one", "two", "three"))


def a_line(limits: Limits, store: Store | None = None) -> tuple[WaitingLine, list[Key]]:
    woken: list[Key] = []
    return WaitingLine(store or Store(), limits, woken.append), woken


def start(job: str) -> StartBuild:
    fields: dict[str, Any] = {"kind": "rootfs", "name": job, "rootfs_hash": "a" * 64, "build_hash": None, "attempt": 1}
    job_fields: dict[str, Any] = {
        "timeout": timedelta(hours=1),
        "keep_finished": timedelta(hours=1),
        "resources": None,
        "node_selector": {},
        "output_claim": "output",
    }
    return StartBuild(
        **fields,
        **job_fields,
        builder_image="builder:1",
        v1=None,
        secret_names=(),
        pull_secret_names=(),
        verify_boot=True,
    )


def a_job(name: str, version: int = 1, *, ended: bool = False) -> dict[str, Any]:
    conditions = [{"type": "Complete", "status": "True"}] if ended else []
    metadata = {"namespace": "default", "name": name, "uid": f"uid-{name}", "resourceVersion": str(version)}
    return {"metadata": metadata, "status": {"conditions": conditions}}


def test_without_a_limit_nobody_waits() -> None:
    line, _ = a_line(Limits())
    assert [line.ask(ONE, start(f"job-{number}"), NOW) for number in range(100)] == [None] * 100
    assert len(line) == 0


def test_a_place_is_taken_from_the_answer_on_until_the_job_has_ended() -> None:
    store = Store()
    line, woken = a_line(Limits(total=1), store)
    assert line.ask(ONE, start("first"), NOW) is None
    turn = line.ask(TWO, start("second"), NOW)
    assert turn is not None
    assert (turn.position, turn.waiting, turn.running) == (1, 1, 1)
    store.jobs.put(a_job("first"))
    line.settle(ONE)
    assert line.ask(TWO, start("second"), NOW) is not None
    line.move()
    assert woken == []
    store.jobs.put(a_job("first", 2, ended=True))
    line.move()
    assert woken == [TWO]
    assert line.ask(TWO, start("second"), NOW) is None


def test_namespaces_take_turns_where_one_build_runs_at_once() -> None:
    line, _ = a_line(Limits(total=1))
    since = {"a": NOW, "b": NOW + timedelta(hours=1)}
    waiting = [(namespace, f"job-{number}") for namespace in since for number in range(3)]
    order = []
    while waiting:
        (image,) = [each for each in waiting if line.ask(each, start(each[1]), since[each[0]]) is None]
        line.settle(image)
        waiting.remove(image)
        order.append(image[0])
    assert order == ["a", "b"] * 3


def test_a_job_that_could_not_be_started_gives_its_place_back() -> None:
    line, _ = a_line(Limits(total=1))
    assert line.ask(ONE, start("first"), NOW) is None
    line.settle(ONE)
    assert line.ask(TWO, start("second"), NOW) is None


def test_images_of_one_root_filesystem_wait_as_one_and_are_woken_together() -> None:
    store = Store()
    line, woken = a_line(Limits(total=1), store)
    store.jobs.put(a_job("other"))
    places = [line.ask(image, start("rootfs-a"), NOW) for image in (ONE, TWO)]
    assert [place.position for place in places if place] == [1, 1]
    assert len(line) == 1
    store.jobs.put(a_job("other", 2, ended=True))
    line.move()
    assert set(woken) == {ONE, TWO}
    assert line.ask(ONE, start("rootfs-a"), NOW) is None
    assert line.ask(TWO, start("rootfs-a"), NOW) is None, "the same Job takes no second place"


def test_an_image_that_wants_something_else_or_nothing_leaves_its_place() -> None:
    store = Store()
    line, _ = a_line(Limits(total=1), store)
    store.jobs.put(a_job("running"))
    line.ask(ONE, start("former"), NOW)
    line.ask(ONE, start("present"), NOW)
    assert len(line) == 1
    line.leave(ONE)
    assert len(line) == 0


def test_who_has_waited_longest_comes_first_though_he_asks_last() -> None:
    store = Store()
    line, _ = a_line(Limits(total=1), store)
    store.jobs.put(a_job("running"))
    line.ask(ONE, start("young"), NOW)
    line.ask(TWO, start("old"), NOW - timedelta(hours=1))
    store.jobs.put(a_job("running", 2, ended=True))
    turn = line.ask(ONE, start("young"), NOW)
    assert turn is not None
    assert turn.position == 1
    assert line.ask(TWO, start("old"), NOW - timedelta(hours=1)) is None
