"""Is it time to ask the URL of an artifact for its bytes, and for all of them?"""

from datetime import timedelta
from typing import Final

from airship_images.api.status import ImageStatus
from airship_images.plan.actions import CheckURL
from airship_images.plan.backoff import backoff
from airship_images.plan.served import Served
from airship_images.plan.state import Check, State

ASK_AGAIN: Final = timedelta(seconds=30)
"""After about how long a URL that did not answer rightly is asked again, at first; then ever later."""
LATEST: Final = timedelta(minutes=8)
TRUSTED: Final = timedelta(minutes=5)
"""How long a right answer lets hosts be sent there; then the length and the ends are asked for once more."""


def due(state: State, image: ImageStatus) -> tuple[CheckURL, ...]:
    """The check, if there was none yet, the last one is too old for another host, or it failed a while ago."""
    check = state.check_of(image)
    if check is None:
        return (CheckURL(image.url, image.size or None, image.digest),)
    if until_due(state, image) > timedelta():
        return ()
    return (CheckURL(image.url, image.size or None, image.digest, check.served.ends),)


def fresh(state: State, image: ImageStatus) -> Served | None:
    """What the URL answered, unless that was so long ago that another host may find something else there."""
    check = state.check_of(image)
    is_old = check is not None and check.served.reason is None and until_due(state, image) == timedelta()
    return None if check is None or is_old else check.served


def until_due(state: State, image: ImageStatus) -> timedelta:
    """How long until the check is made again, if a host waits for it; zero when it is time."""
    check = state.check_of(image)
    if check is None:
        return timedelta()
    return max((_patience(check, image) if check.served.reason else TRUSTED) - state.age(check.at), timedelta())


def _patience(check: Check, image: ImageStatus) -> timedelta:
    """Ever longer with each wrong answer in a row: each may have cost a whole image to be read."""
    return backoff(max(check.failures, 1), image.url, ASK_AGAIN, LATEST)
