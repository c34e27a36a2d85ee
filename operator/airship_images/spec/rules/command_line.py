"""Does the kernel read all of its command line?"""

from collections.abc import Iterator
from typing import Final

from airship_images.api.errors import Finding
from airship_images.api.reasons import Reason
from airship_images.spec.rules.subject import Subject
from airship_images.spec.vars import command_line as arguments_of

KERNEL_READS: Final = 2047
"""Bytes of a command line on amd64 (COMMAND_LINE_SIZE, less the null at its end); the rest is cut off unsaid."""

OURS: Final = 160
"""Bytes kept for what comes before: the kernel's path, which GRUB puts first, and root=UUID=…."""


def command_line(subject: Subject) -> Iterator[Finding]:
    """Arguments of which the last would be cut off."""
    kernel = subject.node.data["kernel"]
    arguments = arguments_of(kernel)
    words = ["=".join(filter(None, (one["name"], one.get("value")))) for one in arguments]
    size = sum(len(f' "{word}"'.encode()) for word in words)
    if size > KERNEL_READS - OURS:
        appended = "grub_cmdline_linux_default_append"
        path = f"kernel.{appended if appended in kernel else 'grub.GRUB_CMDLINE_LINUX_DEFAULT'}"
        right = f"at most {KERNEL_READS - OURS}: the kernel reads no more"
        yield subject.in_node(Reason.INVALID_INPUT, path, f"arguments of {size} bytes", right)
