"""Can an ISO start from its own squashfs?"""

from collections.abc import Iterator
from typing import Final

from airship_images.api.errors import Finding
from airship_images.api.reasons import Reason
from airship_images.spec.airship_v1 import is_v1
from airship_images.spec.packages import names, packages
from airship_images.spec.rules.subject import Subject

LIVE_BOOT: Final = "live-boot"
"""The package that puts into the initramfs what finds and mounts the squashfs."""


def live_image(subject: Subject) -> Iterator[Finding]:
    """An ISO whose packages cannot start it; those of an upstream builder are its own."""
    if is_v1(subject.image):
        return
    if subject.image.spec.image.type == "iso" and LIVE_BOOT not in names(packages(subject.node.data)):
        right = f"{LIVE_BOOT} in software.packages"
        yield subject.in_image(Reason.PACKAGE_MISSING, "image.type", "iso, whose root filesystem nothing mounts", right)
