"""How long may a build of this image take?"""

import re
from datetime import timedelta
from typing import Final

from airship_images.api.airshipimage import AirshipImage

DEFAULT: Final = timedelta(hours=1)
_UNITS: Final = {"h": timedelta(hours=1), "m": timedelta(minutes=1), "s": timedelta(seconds=1)}


def timeout(image: AirshipImage) -> timedelta:
    """`spec.builder.timeout`, for example 1h30m, or an hour."""
    text = image.spec.builder.timeout if image.spec.builder else None
    if text is None:
        return DEFAULT
    return sum((int(count) * _UNITS[unit] for count, unit in re.findall(r"(\d+)([hms])", text)), timedelta())
