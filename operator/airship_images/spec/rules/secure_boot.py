"""Can the image start where only what is signed may start, and does its boot test show it?"""

from collections.abc import Iterator
from typing import Final

from airship_images.api.errors import Finding
from airship_images.api.reasons import Reason
from airship_images.spec.rules.subject import Subject

PATH: Final = "kernel.secure_boot"
_UNSIGNED: Final = "-unsigned"  # how Debian and Ubuntu end the names of such kernel packages


def secure_boot(subject: Subject) -> Iterator[Finding]:
    """A node with Secure Boot whose kernel nobody signed, or whose boot test leaves UEFI out."""
    kernel, verify = subject.node.data["kernel"], subject.image.spec.verify
    if not kernel.get("secure_boot"):
        return
    package = kernel["kernel_base_pkg"].partition("=")[0]
    if package.endswith(_UNSIGNED):
        yield subject.in_node(
            Reason.UNSIGNED, "kernel.kernel_base_pkg", package, f"a signed kernel, because {PATH} is true"
        )
    if verify and verify.firmware and "uefi" not in verify.firmware:
        found = f"{', '.join(verify.firmware)} alone"
        yield subject.in_image(Reason.INVALID_INPUT, "verify.firmware", found, f"uefi, because {PATH} is true")
