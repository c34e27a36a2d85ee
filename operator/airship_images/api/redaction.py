"""What may be shown of a text that may hold a secret?"""

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
