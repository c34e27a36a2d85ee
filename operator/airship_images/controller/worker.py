"""Who looks at what no image waits for? One worker of its own for each kind of thing."""

from collections.abc import Awaitable, Callable

from airship_images.cluster.table import Key
from airship_images.controller.attempt import attempt
from airship_images.controller.queue import Queue


async def work(queue: Queue, look: Callable[[Key], Awaitable[None]]) -> None:
    """Take keys from the queue for ever; raises LostLeaseError when we may not write any more."""
    while True:
        key = await queue.get()
        try:
            await attempt(queue, key, look)
        finally:
            queue.done(key)
