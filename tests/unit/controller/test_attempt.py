"""What follows when a look at an image fails."""

import asyncio
import logging

import pytest
from kubernetes.aio.client.exceptions import ApiException

from airship_images.api.errors import OutsideError
from airship_images.cluster.lease import LostLeaseError
from airship_images.cluster.table import Key
from airship_images.controller.attempt import attempt
from airship_images.controller.queue import FIRST_RETRY, Queue

KEY = ("default", "worker")


def refused(status: int, **headers: str) -> ApiException:
    error = ApiException(status=status, reason="no")
    error.headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return error


def tried(failure: Exception) -> str:
    async def look(_: Key) -> None:
        raise failure

    async def scenario() -> str:
        return await attempt(Queue(), KEY, look)

    return asyncio.run(scenario())


def test_it_is_left_alone_for_as_long_as_the_api_server_asks(caplog: pytest.LogCaptureFixture) -> None:
    assert tried(refused(429, Retry_After="7")) == "retry"
    assert "looking again in 7.0 s" in caplog.text


@pytest.mark.parametrize("asked", ["", "soon", "-1", "Thu, 01 Jan 2026 00:00:00 GMT"])
def test_what_is_no_number_of_seconds_leaves_the_usual_wait(caplog: pytest.LogCaptureFixture, asked: str) -> None:
    assert tried(refused(503, Retry_After=asked)) == "retry"
    seconds = float(caplog.text.rpartition(" in ")[2].split()[0])
    assert seconds <= 2 * FIRST_RETRY.total_seconds()


@pytest.mark.parametrize(
    "failure", [refused(409), refused(403), refused(500), refused(504), TimeoutError(), OutsideError("away")], ids=repr
)
def test_what_may_pass_is_tried_again(failure: Exception) -> None:
    assert tried(failure) == "retry"


def test_a_conflict_is_nothing_to_tell_anybody_of(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    tried(refused(409))
    assert caplog.text == ""


def test_a_bug_is_told_with_its_traceback_and_hits_no_other_image(caplog: pytest.LogCaptureFixture) -> None:
    assert tried(ZeroDivisionError()) == "bug"
    assert "Traceback" in caplog.text


def test_without_the_lease_nothing_is_tried_any_more() -> None:
    with pytest.raises(LostLeaseError):
        tried(LostLeaseError("another leads"))
