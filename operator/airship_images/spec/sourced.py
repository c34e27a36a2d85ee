"""What is known of an image that was built elsewhere, and does its document ask for what only a build can give?"""

from collections.abc import Mapping
from dataclasses import dataclass

from airship_images.api.airshipimage import AirshipImage, Source
from airship_images.api.errors import SpecError
from airship_images.spec.composition import effective
from airship_images.spec.identity import Hashes, identify_source
from airship_images.spec.render import render_source
from airship_images.spec.rules import Subject, check


@dataclass(frozen=True)
class Sourced:
    """An image that can be offered as it is."""

    image: AirshipImage
    source: Source
    identities: Hashes

    def files(self, size: int) -> Mapping[str, str]:
        """The inputs of the Job that boots it, once its size in bytes is known."""
        return render_source(self.image, self.source, size)


def sourced(image: AirshipImage, source: Source) -> Sourced:
    """Checks and identifies `image`, whose spec.image.source is `source`; raises SpecError with every finding."""
    if findings := check(Subject(image, effective(image, {}, {}))):
        raise SpecError(findings)
    return Sourced(image, source, identify_source(image, source))
