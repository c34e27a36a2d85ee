"""What a line of the operator's log tells."""

import asyncio
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from airship_images.controller.logs import BUILD, IMAGE, STEP, set_up

log = logging.getLogger("airship_images.cluster.apply")


@pytest.fixture(autouse=True)
def log_of_others() -> Iterator[None]:
    """Is as before when the test ends."""
    root, kopf = logging.getLogger(), logging.getLogger("kopf")
    handlers, levels = list(root.handlers), (root.level, kopf.level)
    root.handlers = []
    yield
    root.handlers = handlers
    root.setLevel(levels[0])
    kopf.setLevel(levels[1])


def entries(said: str) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in said.splitlines()]
    assert all(each.pop("time").endswith("+00:00") for each in found)
    return found


async def look(image: str, build: str) -> None:
    """As a worker does it, with others beside it."""
    IMAGE.set(image)
    STEP.set("gather")
    await asyncio.sleep(0)
    BUILD.set(build)
    STEP.set("apply")
    await asyncio.sleep(0)
    log.info("created Job %s", f"of {image}")


def test_a_line_names_the_image_the_build_and_the_step_of_its_own_worker(capsys: pytest.CaptureFixture[str]) -> None:
    async def scenario() -> None:
        await asyncio.gather(
            asyncio.create_task(look("default/one", "aaaa")), asyncio.create_task(look("metal/two", "bbbb"))
        )

    set_up("json")
    asyncio.run(scenario())
    common = {"level": "info", "logger": log.name, "step": "apply"}
    assert entries(capsys.readouterr().err) == [
        {**common, "image": "default/one", "build": "aaaa", "message": "created Job of default/one"},
        {**common, "image": "metal/two", "build": "bbbb", "message": "created Job of metal/two"},
    ]


def test_a_line_that_is_about_no_image_says_no_more_than_it_knows(capsys: pytest.CaptureFixture[str]) -> None:
    set_up("json")
    log.warning("another leads")
    assert entries(capsys.readouterr().err) == [{"level": "warning", "logger": log.name, "message": "another leads"}]


@pytest.mark.parametrize("style", ["json", "plain"])
def test_no_secret_is_in_a_message_or_a_traceback(capsys: pytest.CaptureFixture[str], style: Any) -> None:
    set_up(style)
    try:
        raise ValueError("https://ops:hunter2-hunter2@mirror.example/")
    except ValueError as error:
        log.exception("it said %s", error)
    said = capsys.readouterr().err
    assert "hunter2" not in said
    assert said.count("[redacted]") >= 2
    assert "Traceback" in said


def test_a_traceback_is_one_line_too(capsys: pytest.CaptureFixture[str]) -> None:
    set_up("json")
    try:
        raise KeyError("spec")
    except KeyError:
        log.exception("a bug")
    (entry,) = entries(capsys.readouterr().err)
    assert entry["error"].endswith("KeyError: 'spec'")
