"""Does each role of a user come from somewhere, and can its variables be variables?"""

import re
from collections.abc import Iterator
from typing import Final

from airship_images.api.errors import Finding
from airship_images.api.reasons import Reason
from airship_images.spec.rules.subject import Subject

OURS: Final = ("image_root",)
"""Variables that a role gets from us."""
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")


def user_roles(subject: Subject) -> Iterator[Finding]:
    """A role without a source, and a name in extraVars that is no variable's, Ansible's own, or one that we set."""
    for role in subject.node.data.get("system", {}).get("roles", []):
        if "configMapName" not in role and "oci" not in role:
            path = f"system.roles[{role['name']}]"
            yield subject.in_node(Reason.INVALID_INPUT, path, "no source", "configMapName or oci")
    for name in subject.node.data.get("extraVars", {}):
        if not _NAME.fullmatch(name) or name.startswith("ansible_") or name in OURS:
            right = "letters, digits and _, not beginning with ansible_ or a digit, and not image_root"
            yield subject.in_node(Reason.INVALID_INPUT, "extraVars", repr(name), right)
