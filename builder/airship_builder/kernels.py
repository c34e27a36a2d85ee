"""Which kernel does an image boot, among those that it has or is going to have?"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

_IMAGE: Final = re.compile(r"linux-image-(?:unsigned-)?(?P<version>\d[^_]*?)(?:-unsigned)?_")


def newest(versions: Sequence[str]) -> str:
    """The newest of `versions`, at least one, by the numbers in them; of equals the last by name."""
    return max(versions, key=lambda version: ([int(part) for part in re.findall(r"\d+", version)], version))


def kernels(files: Iterable[str]) -> list[str]:
    """The versions of the kernels in package `files`, by their names."""
    return [match["version"] for match in map(_IMAGE.match, files) if match]
