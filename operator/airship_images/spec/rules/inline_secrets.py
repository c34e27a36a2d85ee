"""Is a password or a private key written where everybody reads it? Secrets come by reference alone."""

from collections.abc import Iterator
from typing import Any

from airship_images.api.errors import Finding
from airship_images.api.reasons import Reason
from airship_images.api.redaction import redact
from airship_images.api.shape import walk
from airship_images.spec.rules.subject import Subject
from airship_images.spec.tree import NODE


def inline_secrets(subject: Subject) -> Iterator[Finding]:
    """A `password` of a user, and any text that holds a password hash, a private key or a URL with a password."""
    for path, field, value in walk(NODE, subject.node.data):
        if field.name == "password":
            yield subject.in_node(
                Reason.INLINE_PASSWORD, path, "a password", "password_from: {secretName, key}, a crypt(5) hash"
            )
        elif not field.model and _holds_secret(value):
            yield subject.in_node(
                Reason.INLINE_PASSWORD,
                path,
                "a password hash, a private key, or a URL with a password",
                "a reference to a Secret, such as content_from: {secretName, key}",
            )


def _holds_secret(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_holds_secret(part) for part in value.values())
    if isinstance(value, list):
        return any(_holds_secret(part) for part in value)
    return isinstance(value, str) and redact(value) != value
