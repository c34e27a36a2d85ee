"""Does each composed item have what it needs? One profile may leave it to another, but one must say it."""

from collections.abc import Iterator

from airship_images.api.errors import Finding
from airship_images.api.merge import Merge
from airship_images.api.reasons import Reason
from airship_images.spec.rules.subject import Subject


def complete_items(subject: Subject) -> Iterator[Finding]:
    """Items without a field that is marked Needed."""
    for path, field, value in subject.node.fields:
        if field.merge is not Merge.BY_NAME:
            continue
        needed = [part for part in field.fields.values() if part.needed]
        for item in value:
            for part in needed:
                if part.name not in item:
                    at = f"{path}[{item['name']}]"
                    yield subject.in_node(
                        Reason.INVALID_INPUT, at, f"no {part.name}", f"a value: {part.description or part.name}"
                    )
