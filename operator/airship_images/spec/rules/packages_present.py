"""Is the package there that a configured feature needs? Configuration never implies a package."""

from collections.abc import Iterator

from airship_images.api.errors import Finding
from airship_images.api.reasons import Reason
from airship_images.spec.packages import names, packages
from airship_images.spec.rules.subject import Subject


def packages_present(subject: Subject) -> Iterator[Finding]:
    """Fields marked Needs that are set while none of their packages is; what a vendor's image has is known later."""
    if subject.node.data["software"].get("base"):
        return
    wanted = names(packages(subject.node.data))
    for path, field, value in subject.node.fields:
        if field.needs and value not in (False, []) and wanted.isdisjoint(field.needs):
            yield subject.in_node(
                Reason.PACKAGE_MISSING,
                path,
                "a feature whose package is missing",
                f"{' or '.join(field.needs)} in software.packages",
            )
