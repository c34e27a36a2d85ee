"""Who is worked on, when, and by how many."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from airship_images.controller.queue import LONGEST_RETRY, Queue
from airship_images.plan.backoff import JITTER

ONE, TWO = ("default", "one"), ("default", "two")


def run(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(scenario, timeout=60))


def test_a_key_that_is_added_often_is_worked_on_once() -> None:
    async def scenario() -> None:
        queue = Queue()
        for key in (ONE, TWO, ONE, ONE):
            queue.add(key)
        assert len(queue) == 2
        assert [await queue.get(), await queue.get()] == [ONE, TWO]

    run(scenario())


def test_a_key_that_changes_while_it_is_worked_on_comes_again_afterwards() -> None:
    async def scenario() -> None:
        queue = Queue()
        queue.add(ONE)
        key = await queue.get()
        queue.add(ONE)
        assert len(queue) == 0
        queue.done(key)
        assert await queue.get() == ONE

    run(scenario())


def test_a_worker_that_waits_is_woken() -> None:
    async def scenario() -> None:
        queue = Queue()
        waiting = asyncio.create_task(queue.get())
        await asyncio.sleep(0)
        queue.add(ONE)
        assert await waiting == ONE

    run(scenario())


def test_a_worker_whose_looks_wait_for_nothing_lets_others_run_between_them() -> None:
    async def scenario() -> None:
        queue, turns = Queue(), 0
        for number in range(160):
            queue.add(("default", str(number)))

        async def renew_the_lease() -> None:
            nonlocal turns
            while True:
                await asyncio.sleep(0)
                turns += 1

        async def work() -> None:
            for _ in range(10):
                queue.done(await queue.get())

        renewing = asyncio.create_task(renew_the_lease())
        await asyncio.gather(*(work() for _ in range(16)))
        renewing.cancel()
        assert turns >= 160

    run(scenario())


def test_of_several_delays_the_shortest_counts() -> None:
    async def scenario() -> None:
        queue = Queue()
        queue.add_after(ONE, 30)
        queue.add_after(ONE, 0.01)
        queue.add_after(ONE, 60)
        assert await queue.get() == ONE

    run(scenario())


def test_retries_wait_longer_each_time_up_to_a_limit_and_start_anew_after_success() -> None:
    async def scenario() -> None:
        queue = Queue()
        waits = [queue.retry(ONE) for _ in range(40)]
        assert 0.3 < waits[0] < 0.7
        assert waits[4] > waits[1]
        assert max(waits) <= LONGEST_RETRY.total_seconds() * (1 + JITTER)
        queue.forget(ONE)
        assert queue.retry(ONE) < 0.7
        assert queue.retry(TWO, at_least=7.0) == 7.0

    run(scenario())
