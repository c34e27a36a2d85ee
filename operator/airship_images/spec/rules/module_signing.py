"""Can compiled modules be signed with what the node gives?"""

from collections.abc import Iterator

from airship_images.api.errors import Finding
from airship_images.api.reasons import Reason
from airship_images.spec.rules.subject import Subject

PATH = "drivers.module_signing"


def module_signing(subject: Subject) -> Iterator[Finding]:
    """A key without its certificate or the other way round, and a key where nothing is compiled."""
    drivers = subject.node.data.get("drivers", {})
    signing = drivers.get("module_signing")
    if signing is None:
        return
    for field in ("key_from", "certificate_from"):
        if field not in signing:
            yield subject.in_node(Reason.INVALID_INPUT, PATH, f"no {field}", "key_from and certificate_from")
    if not drivers.get("dkms"):
        yield subject.in_node(Reason.INVALID_INPUT, PATH, "no modules to sign", "modules in drivers.dkms")
