"""How long is 1h30m?"""

import re
from datetime import timedelta
from typing import Annotated, Final

from pydantic import StringConstraints

Duration = Annotated[str, StringConstraints(pattern=r"^(?:[1-9][0-9]{0,4}[hms]){1,3}$")]
_UNITS: Final = {"h": timedelta(hours=1), "m": timedelta(minutes=1), "s": timedelta(seconds=1)}


def duration(text: str) -> timedelta:
    """The time that a field of type Duration means."""
    return sum((int(count) * _UNITS[unit] for count, unit in re.findall(r"(\d+)([hms])", text)), timedelta())
