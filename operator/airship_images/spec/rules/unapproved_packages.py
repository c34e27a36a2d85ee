"""Is a package asked for that must never be installed?"""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from airship_images.api.errors import Finding
from airship_images.api.reasons import Reason
from airship_images.spec.packages import names, packages
from airship_images.spec.rules.subject import Subject


def unapproved_packages(subject: Subject) -> Iterator[Finding]:
    """Patterns of software.unapproved_packages that fit a package of the node."""
    wanted = sorted(names(packages(subject.node.data)))
    for pattern in subject.node.data["software"].get("unapproved_packages", []):
        for name in (name for name in wanted if fnmatchcase(name, pattern)):
            yield subject.in_node(
                Reason.INVALID_INPUT,
                f"software.unapproved_packages[{pattern}]",
                f"{name}, which the node asks for",
                "a package that is not asked for; profiles drop one with omit_packages",
            )
