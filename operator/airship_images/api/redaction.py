"""What may be shown of a text that may hold a secret?"""

import base64
import json
import re
from collections.abc import Iterable
from typing import Final

REDACTED: Final = "[redacted]"
_SHORTEST_SECRET: Final = 4  # shorter values would redact ordinary words
_PATTERNS: Final = (
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----", re.DOTALL),
    re.compile(r"\$(?:1|2[aby]?|5|6|7|y|gy)\$[./A-Za-z0-9$=,]{8,}"),  # crypt(5) hashes
    re.compile(r"(?<=://)[^/@\s:]+:[^/@\s]+(?=@)"),  # user:password of a URL
)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` without private keys, password hashes, URL credentials, and each of `secrets` of 4 characters or more."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, REDACTED)
    for pattern in _PATTERNS:
        text = pattern.sub(REDACTED, text)
    return text


def shows_secret(text: str) -> bool:
    """Is there anything in `text` that `redact` would take out of any text?"""
    may = "$" in text or "://" in text or "-----BEGIN " in text  # what no match of any pattern is without
    return may and any(pattern.search(text) for pattern in _PATTERNS)


def spoken_forms(values: Iterable[bytes]) -> list[str]:
    """What each secret value looks like when something says it: whole, line by line, as JSON, and in base64."""
    known = list(values)
    texts = [value.decode(errors="replace").strip() for value in known]
    lines = [line.strip() for text in texts for line in text.splitlines()]
    plain = [*texts, *lines]
    encoded = [base64.b64encode(value).decode() for value in known]
    return list(dict.fromkeys([*plain, *(json.dumps(text)[1:-1] for text in plain), *encoded]))
