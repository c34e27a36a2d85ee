"""What is a number of hosts or a percentage of them? Kubernetes' IntOrString, with bounds."""

import re
from typing import Annotated, Any, Final

from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

LARGEST: Final = 1000
PERCENT: Final = "^(?:[1-9][0-9]?|100)%$"


def _count_or_percent(value: object) -> int | str:
    if type(value) is int and 1 <= value <= LARGEST:
        return value
    if isinstance(value, str) and re.fullmatch(PERCENT, value):
        return value
    raise PydanticCustomError("count_or_percent", "a number from 1 to 1000, or a percentage from '1%' to '100%'")


_SCHEMA: Final[dict[str, Any]] = {
    "x-kubernetes-int-or-string": True,
    "minimum": 1,
    "maximum": LARGEST,
    "pattern": PERCENT,
}
"""The bounds are those of the number, the pattern is that of the text."""

CountOrPercent = Annotated[int | str, PlainValidator(_count_or_percent), WithJsonSchema(_SCHEMA)]
