"""What is read of the log of a build: how far it is, and what it said last."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

import aiohttp
import pytest

from airship_images.api.build import PROGRESS_PREFIX, Progress
from airship_images.api.redaction import REDACTED
from airship_images.cluster import logs
from airship_images.cluster.client import Client
from airship_images.cluster.logs import KEPT, LINE_LENGTH, Followers, last_lines
from airship_images.cluster.store import Store

UID = "uid-of-pod"
PASSWORD = "hunter2-hunter2"
KEY = ["-----BEGIN OPENSSH PRIVATE KEY-----", *(["b3BlbnNzaC1rZXktdjEA"] * 30), "-----END OPENSSH PRIVATE KEY-----"]


class Log:
    """Of one container; each reading of it breaks off where the next number of `breaks` says."""

    def __init__(self, *lines: str, breaks: tuple[int, ...] = ()) -> None:
        self._lines = lines
        self._breaks = list(breaks)

    async def log(self, *_: str) -> AsyncIterator[str]:
        end = self._breaks.pop(0) if self._breaks else None
        for line in self._lines[:end]:
            yield line
        if end is not None:
            raise aiohttp.ClientPayloadError("the node is away")

    async def last_lines(self, namespace: str, pod: str, container: str, count: int) -> AsyncIterator[str]:
        end = self._breaks.pop(0) if self._breaks else None
        if end is not None:
            raise aiohttp.ClientPayloadError("the node is away")
        for line in self._lines[-count:]:
            yield line


def progress(percent: int, message: str = "installing") -> str:
    return PROGRESS_PREFIX + Progress(phase="rootfs", step="x", percent=percent, message=message).model_dump_json()


def a_pod() -> dict[str, Any]:
    running = [{"name": "rootfs", "state": {"running": {}}}]
    return {
        "metadata": {"namespace": "default", "name": "rootfs-a-x", "uid": UID},
        "status": {"initContainerStatuses": running},
    }


def told(log: Log) -> tuple[str, ...]:
    return asyncio.run(last_lines(cast(Client, log), "default", "rootfs-a-x", "rootfs"))


def followed(log: Log, monkeypatch: pytest.MonkeyPatch, count: int) -> list[Progress]:
    """What status would have been told, `count` times or more, with a tenth of the waits."""
    monkeypatch.setattr(logs, "SECONDS_BETWEEN", 0.5)

    async def scenario() -> list[Progress]:
        store, shown = Store(), []
        followers = Followers(cast(Client, log), store, lambda _: shown.append(store.progress[UID]))
        followers.see(a_pod())
        followers.see(a_pod())
        async with asyncio.timeout(60):
            while len(shown) < count:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.7)  # for what should not be told
        followers.forget(a_pod())
        assert store.progress == {}
        return shown

    return asyncio.run(scenario())


def test_of_a_quick_succession_the_first_is_shown_and_the_latest_five_seconds_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert logs.SECONDS_BETWEEN == 5
    shown = followed(Log(*(progress(percent) for percent in range(101))), monkeypatch, 2)
    assert [each.percent for each in shown] == [0, 100]


def test_what_else_is_in_the_log_is_no_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ("Unpacking bash", PROGRESS_PREFIX, PROGRESS_PREFIX + '{"percent": 7}', f"said {progress(50)}")
    assert followed(Log(*lines), monkeypatch, 0) == []


def test_a_message_is_shown_without_its_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    (shown,) = followed(Log(progress(7, f"asks https://ops:{PASSWORD}@mirror.example/")), monkeypatch, 1)
    assert shown.message == f"asks https://{REDACTED}@mirror.example/"


def test_a_log_that_breaks_off_is_followed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = followed(Log(progress(1), progress(2), breaks=(1,)), monkeypatch, 2)
    assert [each.percent for each in shown] == [1, 2]


def test_the_last_lines_are_few_short_and_no_progress() -> None:
    lines = told(Log(*(f"line {number}" for number in range(90)), progress(9), "", "x" * 900))
    assert lines == (*(f"line {number}" for number in range(81, 90)), "x" * LINE_LENGTH)
    assert len(lines) == KEPT


def test_the_last_lines_are_without_secrets_even_one_that_spans_many_lines() -> None:
    lines = told(Log("before", *KEY, f"fetching https://ops:{PASSWORD}@mirror.example/", "ops:$6$salt$abcdefghijk:1"))
    assert lines == ("before", REDACTED, f"fetching https://{REDACTED}@mirror.example/", f"ops:{REDACTED}:1")


def test_a_log_that_cannot_be_had_delays_nothing() -> None:
    assert told(Log("never read", breaks=(0,))) == ()
