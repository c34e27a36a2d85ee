"""Can the image start where only what is signed may start, and does its boot test show it?"""

from collections.abc import Iterator
from typing import Final

from airship_images.api.errors import Finding
from airship_images.api.reasons import Reason
from airship_images.spec.rules.subject import Subject

ASKED: Final = "because kernel.secure_boot is true"
_SIGNER: Final = "debian"
"""Whose shim and GRUB are on the disk (docs/decisions/0002): they take the kernels of this distribution alone."""
_UNSIGNED: Final = "-unsigned"  # how Debian and Ubuntu end the names of kernels that nobody signed
_COMPILED: Final = "-dkms"  # how they end the names of packages that compile modules as they are installed


def secure_boot(subject: Subject) -> Iterator[Finding]:
    """A node with Secure Boot whose kernel or modules its boot loader does not take, or whose test leaves UEFI out."""
    verify = subject.image.spec.verify
    if not subject.node.data["kernel"].get("secure_boot"):
        return
    yield from _kernel(subject)
    yield from _modules(subject)
    if verify and verify.firmware and "uefi" not in verify.firmware:
        found = f"{', '.join(verify.firmware)} alone"
        yield subject.in_image(Reason.INVALID_INPUT, "verify.firmware", found, f"uefi, {ASKED}")


def _kernel(subject: Subject) -> Iterator[Finding]:
    distribution = subject.node.data["software"]["distribution"]
    if distribution != _SIGNER:
        expected = f"{_SIGNER}, whose boot loader the builder has and which takes no other kernels, {ASKED}"
        yield subject.in_node(Reason.NOT_YET_SUPPORTED, "software.distribution", distribution, expected)
    package = subject.node.data["kernel"]["kernel_base_pkg"].partition("=")[0]
    if package.endswith(_UNSIGNED):
        yield subject.in_node(Reason.UNSIGNED, "kernel.kernel_base_pkg", package, f"a signed kernel, {ASKED}")


def _modules(subject: Subject) -> Iterator[Finding]:
    """Modules that are compiled and not signed, or by a package, with a key that the package made for itself."""
    drivers, software = subject.node.data.get("drivers", {}), subject.node.data["software"]
    if drivers.get("dkms") and not drivers.get("module_signing"):
        expected = f"drivers.module_signing with a key from a Secret, {ASKED}"
        yield subject.in_node(Reason.UNSIGNED, "drivers.dkms", "modules that nobody signs", expected)
    for path, listed in (
        ("drivers.packages", drivers.get("packages")),
        ("software.packages", software.get("packages")),
    ):
        for package in listed or ():
            if package.partition("=")[0].endswith(_COMPILED):
                expected = f"its source in drivers.dkms, with drivers.module_signing, {ASKED}"
                yield subject.in_node(Reason.UNSIGNED, path, package, expected)
