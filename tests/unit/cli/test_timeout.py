"""How long may a build take?"""

from datetime import timedelta
from typing import Any

import pytest

from airship_images.api.airshipimage import AirshipImage
from airship_images.cli.timeout import timeout
from tests.unit.cli.documents import an_image


@pytest.mark.parametrize(
    ("builder", "expected"),
    [
        ({}, timedelta(hours=1)),
        ({"builder": {}}, timedelta(hours=1)),
        ({"builder": {"timeout": "30m"}}, timedelta(minutes=30)),
        ({"builder": {"timeout": "1h30m5s"}}, timedelta(hours=1, minutes=30, seconds=5)),
    ],
)
def test_the_timeout_is_the_images_or_an_hour(builder: dict[str, Any], expected: timedelta) -> None:
    assert timeout(AirshipImage.model_validate(an_image(**builder))) == expected
