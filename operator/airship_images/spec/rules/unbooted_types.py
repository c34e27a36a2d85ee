"""Is a boot test asked for of what has no boot loader?"""

from collections.abc import Iterator

from airship_images.api.build import UNBOOTED_TYPES
from airship_images.api.errors import Finding
from airship_images.api.reasons import Reason
from airship_images.spec.rules.subject import Subject


def unbooted_types(subject: Subject) -> Iterator[Finding]:
    """verify.boot: true for a root filesystem or a container image; left out, there is no boot test of them."""
    verify, kind = subject.image.spec.verify, subject.image.spec.image.type
    if kind in UNBOOTED_TYPES and verify and verify.boot:
        found = f"a boot test of type {kind}, which has nothing that starts it"
        yield subject.in_image(Reason.INVALID_INPUT, "verify.boot", found, "false, or nothing")
