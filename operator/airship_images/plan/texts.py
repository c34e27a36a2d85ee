"""How do sentences and times look in a status?"""

from datetime import UTC, datetime, timedelta
from typing import Final

LONGEST: Final = 1024


def sentence(text: str) -> str:
    """`text`, shortened to what a status field may hold."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC with whole seconds, never earlier than `moment`."""
    moment = moment.astimezone(UTC)
    if moment.microsecond:
        moment = moment.replace(microsecond=0) + timedelta(seconds=1)
    return moment.isoformat().replace("+00:00", "Z")
