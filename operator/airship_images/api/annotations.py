"""Which annotations do people put on our objects to ask for something once?"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from airship_images.api.errors import InputError

REBUILD_REQUESTED: Final = "airshipit.org/rebuild-requested"
"""On an AirshipImage: the time at which somebody asked to build it anew."""
REFRESH_REQUESTED: Final = "airshipit.org/refresh-requested"
"""On an AirshipImage: the time at which somebody asked for the newest packages, as a schedule does."""
ROLLOUT_PAUSED: Final = "airshipit.org/rollout-paused"
"""On an AirshipImage: "true" patches no host."""
ROLLOUT_RESUMED: Final = "airshipit.org/rollout-resumed"
"""On an AirshipImage: the time up to which failures of hosts do not stop its rollout."""
APPROVED_IMAGE: Final = "airshipit.org/approved-image"
"""On a BareMetalHost: sha256:<digest> of the one image for which its owner agrees to have its disks erased."""
IMAGE_HEALTHY: Final = "airshipit.org/image-healthy"
"""On a BareMetalHost: sha256:<digest> of the image that works there, set by people or monitoring."""
PINNED: Final = "airshipit.org/pinned"
"""On an AirshipImage: digests of its artifacts that stay, or their first twelve digits, with commas between them."""
FINALIZER: Final = "airshipit.org/artifacts"
"""On an AirshipImage whose artifacts go with it, while it has any."""
_LONGEST: Final = 40
_PIN: Final = re.compile(r"^[0-9a-f]{12,64}$")


def rebuild_requested(annotations: Mapping[str, str]) -> str | None:
    """The time of the last request to build anew, as it was written; raises InputError when it is none."""
    return _requested(annotations, REBUILD_REQUESTED)


def refresh_requested(annotations: Mapping[str, str]) -> str | None:
    """The time of the last request for the newest packages, as it was written; raises InputError when it is none."""
    return _requested(annotations, REFRESH_REQUESTED)


def pins(annotations: Mapping[str, str]) -> frozenset[str]:
    """The beginnings of the digests that are pinned, 12 to 64 hex digits each; raises InputError when one is none."""
    words = [word.strip().removeprefix("sha256:") for word in annotations.get(PINNED, "").split(",")]
    for word in words:
        if word and not _PIN.match(word):
            expected = "digests, or their first 12 digits, with commas between them"
            raise InputError(f"metadata.annotations[{PINNED}]", repr(word[:_LONGEST]), expected)
    return frozenset(filter(None, words))


def _requested(annotations: Mapping[str, str], name: str) -> str | None:
    text = annotations.get(name)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or len(text) > _LONGEST:
        expected = "a time with its zone, such as 2026-03-01T12:00:00Z"
        raise InputError(f"metadata.annotations[{name}]", repr(text[:_LONGEST]), expected)
    return text
