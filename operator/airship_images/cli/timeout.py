"""How long may a build of this image take?"""

from datetime import timedelta
from typing import Final

from airship_images.api.airshipimage import AirshipImage
from airship_images.api.durations import duration

DEFAULT: Final = timedelta(hours=1)


def timeout(image: AirshipImage) -> timedelta:
    """`spec.builder.timeout`, for example 1h30m, or an hour."""
    text = image.spec.builder.timeout if image.spec.builder else None
    return DEFAULT if text is None else duration(text)
