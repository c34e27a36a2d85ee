"""Does engine airship-v1 build all that is asked for? What its contract cannot say is refused, never dropped."""

from collections.abc import Iterator
from typing import Final

from airship_images.api.errors import Finding
from airship_images.api.reasons import Reason
from airship_images.spec.airship_v1 import IMAGE_TYPES
from airship_images.spec.defaults import DEFAULT
from airship_images.spec.paths import without_items
from airship_images.spec.rules.subject import Subject

EXPRESSED: Final = (
    "software.distribution", "software.suite", "software.rootfs_arch",
    "kernel.modules", "kernel.sysctl", "kernel.grub", "kernel.grub_cmdline_linux_default_append", "kernel.kdump_tools",
    "storage.qcow_capacity", "storage.partitions", "cloudInit.user_data", "cloudInit.network_config",
    "system.banners", "system.limits", "system.kubelet", "system.directories", "system.file_permissions",
    "system.files.name", "system.files.file_content", "system.files.permissions", "system.files.owner",
    "system.files.group", "system.files.run_contexts",
    "system.systemd.name", "system.systemd.file_content", "system.systemd.enabled", "system.systemd.force",
    "system.systemd.run_contexts",
    "system.user_management.name", "system.user_management.shell", "system.user_management.password_lock",
    "system.user_management.run_contexts",
    "system.user_scripts.name", "system.user_scripts.file_content", "system.user_scripts.run_contexts",
)  # fmt: skip
"""The variables that an upstream builder takes when it runs; its packages are those of its own image."""

_TEMPLATES: Final = ("{{", "{%", "{#")


def airship_v1(subject: Subject) -> Iterator[Finding]:
    """Nothing for our own engine."""
    if not subject.is_v1:
        return
    yield from _of_the_image(subject)
    for path, (value, origin) in subject.node.values.items():
        bare = without_items(path)
        if origin != DEFAULT and not any(bare == known or bare.startswith(f"{known}.") for known in EXPRESSED):
            expected = "nothing: a builder of engine airship-v1 has its packages and does not take this variable"
            yield subject.in_node(Reason.NOT_YET_SUPPORTED, path, "a field that is set", expected)
        elif any(sign in str(value) for sign in _TEMPLATES):
            expected = "a text without {{, {% and {#, which a builder of engine airship-v1 evaluates as a template"
            yield subject.in_node(Reason.INVALID_INPUT, path, "a template", expected)


def _of_the_image(subject: Subject) -> Iterator[Finding]:
    spec = subject.image.spec
    if spec.builder is None or spec.builder.image is None:
        expected = "the image of an upstream builder, for builder.engine airship-v1"
        yield subject.in_image(Reason.INVALID_INPUT, "builder.image", "nothing", expected)
    if spec.image.type not in IMAGE_TYPES:
        expected = f"{' or '.join(IMAGE_TYPES)}, for builder.engine airship-v1"
        yield subject.in_image(Reason.NOT_YET_SUPPORTED, "image.type", spec.image.type, expected)
    cloud_init = subject.node.data.get("cloudInit", {})
    for field in ("user_data", "network_config"):
        if spec.image.type == "iso" and not cloud_init.get(field):
            expected = "a text: a builder of engine airship-v1 makes no ISO without it"
            yield subject.in_node(Reason.INVALID_INPUT, f"cloudInit.{field}", "nothing", expected)
