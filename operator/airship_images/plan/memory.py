"""What did we put on a host? The host itself remembers, in an annotation that is written with the image (rule 7)."""

import json
from dataclasses import dataclass
from typing import Final, Self

from airship_images.plan.host_image import HostImage, image_of

MEMORY: Final = "airshipit.org/image-rollout"


@dataclass(frozen=True)
class Memory:
    """What we put on a host and when, as the host itself keeps it."""

    image_uid: str
    digest: str
    url: str
    format: str
    previous_start: str | None
    """operationHistory.provision.start before the patch: another one shows that provisioning began since."""
    time: str

    @property
    def image(self) -> HostImage:
        """The exact spec.image that the patch wrote."""
        return image_of(self.url, self.digest, self.format)

    def dump(self) -> str:
        """The annotation's value."""
        return json.dumps(
            {
                "imageUID": self.image_uid,
                "digest": self.digest,
                "url": self.url,
                "format": self.format,
                "previousProvisionStart": self.previous_start,
                "time": self.time,
            }
        )

    @classmethod
    def load(cls, text: str) -> Self | None:
        """The memory in an annotation's value; None when it is not what `dump` writes."""
        try:
            found = json.loads(text)
            values = [found[key] for key in ("imageUID", "digest", "url", "format", "time")]
            start = found["previousProvisionStart"]
        except (ValueError, KeyError, TypeError):
            return None
        if not all(isinstance(value, str) for value in values) or not isinstance(start, str | None):
            return None
        uid, digest, url, image_format, time = values
        return cls(uid, digest, url, image_format, start, time)
