"""Does an image that starts from a vendor's leave to that image what it brings?"""

from collections.abc import Iterator
from typing import Final

from airship_images.api.build import DISK_TYPES
from airship_images.api.errors import Finding
from airship_images.api.reasons import Reason
from airship_images.spec.defaults import DEFAULT
from airship_images.spec.rules.subject import Subject

BASE: Final = "software.base"
ITS_OWN: Final = (
    "software.distribution",
    "software.suite",
    "software.packages",
    "software.repos",
    "software.unapproved_packages",
    "software.k8s_version",
    "kernel.kernel_base_pkg",
    "kernel.kernel_headers_pkg",
    "kernel.grub",
    "kernel.grub_cmdline_linux_default_append",
    "kernel.kdump_tools",
    "drivers",
    "storage.partitions",
)
"""What the vendor's image has already: its packages, kernel, boot loader and partitions."""

RUN_IN_PACKAGES: Final = ("roles", "user_scripts")
"""What runs in an unpacked root filesystem, under system: of a vendor's image there is only the disk."""


def vendor_base(subject: Subject) -> Iterator[Finding]:
    """Fields that say how to make what is there, and what starts from packages alone: users' code, types of images."""
    if not subject.node.data["software"].get("base"):
        return
    for field in ITS_OWN:
        if any(origin != DEFAULT for path, origin in subject.node.origins.items() if _is_in(path, field)):
            yield subject.in_node(
                Reason.INVALID_INPUT, field, f"a value beside {BASE}", "nothing: the vendor's image has its own"
            )
    system = subject.node.data.get("system", {})
    for path in (f"system.{field}[{item['name']}]" for field in RUN_IN_PACKAGES for item in system.get(field, [])):
        right = "nothing: users' code runs in a root filesystem of packages"
        yield subject.in_node(Reason.NOT_YET_SUPPORTED, path, f"users' code beside {BASE}", right)
    kind = subject.image.spec.image.type
    if kind not in DISK_TYPES:
        yield subject.in_image(
            Reason.INVALID_INPUT, "image.type", f"{kind} from a vendor's disk image", " or ".join(DISK_TYPES)
        )


def _is_in(path: str, field: str) -> bool:
    return path == field or path.startswith((f"{field}.", f"{field}["))
