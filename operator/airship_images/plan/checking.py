"""Is it time to ask the URL of an artifact for its bytes?"""

from datetime import timedelta
from typing import Final

from airship_images.api.status import ImageStatus
from airship_images.plan.actions import CheckURL
from airship_images.plan.state import State

ASK_AGAIN: Final = timedelta(seconds=30)
"""After how long a URL that did not answer rightly is asked again."""


def due(state: State, image: ImageStatus) -> tuple[CheckURL, ...]:
    """The check, if there was none yet or the last one failed a while ago."""
    check = state.check_of(image)
    if check is not None and (check.served.reason is None or until_due(state, image) > timedelta()):
        return ()
    return (CheckURL(image.url, image.size, image.digest),)


def until_due(state: State, image: ImageStatus) -> timedelta:
    """How long until a failed check is made again; zero when it is time."""
    check = state.check_of(image)
    return timedelta() if check is None else max(check.at + ASK_AGAIN - state.now, timedelta())
