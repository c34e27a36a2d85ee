"""Is a password or a private key written where everybody reads it? Secrets come by reference alone."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from airship_images.api.errors import Finding
from airship_images.api.reasons import Reason
from airship_images.api.redaction import shows_secret
from airship_images.spec.rules.subject import Subject

_YAML: Final = re.compile(
    r"""(?m)(?:^|[\s{,])["']?(?:plain_text_passwd|hashed_passwd|passwd|password)["']?\s*:[ \t]+[^\s#]"""
)
KEYS: Final[Mapping[str, re.Pattern[str]]] = {
    "cloudInit.user_data": _YAML,
    "cloudInit.network_config": _YAML,
    "networking.netplan": _YAML,
    "networking.networkd": re.compile(r"(?mi)^\s*(?:PrivateKey|PresharedKey)\s*=\s*\S|^\s*Key\s*=\s*[0-9a-f]{32}"),
}
"""The keys that hold a password or a private key, by the field whose text cloud-init, netplan or networkd reads."""
_READ: Final = tuple(KEYS)


def inline_secrets(subject: Subject) -> Iterator[Finding]:
    """A `password`, and any text that holds a password hash, a private key or a URL with a password."""
    for path, field, value in subject.node.fields:
        if field.name == "password":
            yield subject.in_node(
                Reason.INLINE_PASSWORD, path, "a password", "password_from: {secretName, key}, a crypt(5) hash"
            )
        elif not field.model and (_holds_secret(value) or _sets_secret(path, value)):
            yield subject.in_node(
                Reason.INLINE_PASSWORD,
                path,
                "a password or its hash, a private key, or a URL with a password",
                "a reference to a Secret, such as content_from: {secretName, key}",
            )


def _holds_secret(value: Any) -> bool:
    if isinstance(value, str):
        return shows_secret(value)
    if isinstance(value, dict):
        return any(map(_holds_secret, value.values()))
    return isinstance(value, list) and any(map(_holds_secret, value))


def _sets_secret(path: str, value: Any) -> bool:
    if not isinstance(value, str) or not path.startswith(_READ):
        return False
    return any(path.startswith(field) and keys.search(value) for field, keys in KEYS.items())
