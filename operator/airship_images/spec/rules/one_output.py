"""Does an output that is given say where?"""

from collections.abc import Iterator

from airship_images.api.errors import Finding
from airship_images.api.reasons import Reason
from airship_images.spec.rules.subject import Subject


def one_output(subject: Subject) -> Iterator[Finding]:
    """An output with no target, or with two; left out, it is the store of the operator's settings."""
    output = subject.image.spec.output
    if output and (output.pvc is None) == (output.registry is None):
        found = "neither pvc nor registry" if output.pvc is None else "pvc and registry"
        yield subject.in_image(Reason.INVALID_INPUT, "output", found, "one of them, or no output at all")
