"""Does each unit say what is to become of it, in a way that systemd can follow?"""

from collections.abc import Iterator

from airship_images.api.errors import Finding
from airship_images.api.reasons import Reason
from airship_images.spec.rules.subject import Subject


def unit_states(subject: Subject) -> Iterator[Finding]:
    """A drop-in that is enabled, force without anything to enable, and a unit of which nothing is said."""
    for item in subject.node.data.get("system", {}).get("systemd", []):
        path = f"system.systemd[{item['name']}]"
        drop_in = "/" in item["name"]
        if "file_content" not in item and (drop_in or "enabled" not in item):
            right = "its file_content" if drop_in else "its file_content, enabled, or both"
            yield subject.in_node(Reason.INVALID_INPUT, path, "a name and nothing else", right)
        if drop_in and "enabled" in item:
            yield subject.in_node(
                Reason.INVALID_INPUT, f"{path}.enabled", "a drop-in", "the unit itself, which can be enabled"
            )
        if item.get("force") and not item.get("enabled"):
            yield subject.in_node(Reason.INVALID_INPUT, f"{path}.force", "true", "enabled: true beside it")
