"""What follows when a look at one object fails? Every failure is this object's alone: none may delay another."""

import logging
from collections.abc import Awaitable, Callable
from typing import Final, Literal

from kubernetes.aio.client.exceptions import ApiException

from airship_images.api.errors import OutsideError
from airship_images.cluster.lease import LostLeaseError
from airship_images.cluster.refusals import API_ERRORS, message, retry_after
from airship_images.cluster.table import Key
from airship_images.controller.queue import Queue

log = logging.getLogger(__name__)

CONFLICT: Final = 409
Outcome = Literal["done", "retry", "bug"]


async def attempt(queue: Queue, key: Key, look: Callable[[Key], Awaitable[None]]) -> Outcome:
    """Look at it, and again after a while where that fails; raises LostLeaseError alone."""
    try:
        await look(key)
    except LostLeaseError:
        raise
    except ApiException as error:
        return _again(queue, key, message(error), loud=error.status != CONFLICT, at_least=retry_after(error))
    except (OutsideError, *API_ERRORS) as error:
        return _again(queue, key, message(error), loud=True)
    except Exception:
        seconds = queue.retry(key)
        log.exception("a bug: looking again in %.1f s", seconds)
        return "bug"
    queue.forget(key)
    return "done"


def _again(queue: Queue, key: Key, why: str, *, loud: bool, at_least: float = 0.0) -> Outcome:
    seconds = queue.retry(key, at_least)
    log.log(logging.WARNING if loud else logging.DEBUG, "%s; looking again in %.1f s", why, seconds)
    return "retry"
