"""Do the bytes at the URL hash to the checksum?"""

import hashlib
import urllib.request
from typing import Final

from hack.cluster.commands import SECOND
from hack.demo.errors import NotReadyError
from hack.demo.progress import Published

CHUNK: Final = 1 << 20
TIMEOUT: Final = 30 * SECOND
DIRECT: Final = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""No proxy of the machine: the server is on its own bridge."""


def verify(artifact: Published) -> None:
    """Fetch the whole image once, as a host would; NotReadyError when length or checksum differ."""
    digest = hashlib.sha256()
    length = 0
    with DIRECT.open(artifact.url, timeout=TIMEOUT) as response:
        while chunk := response.read(CHUNK):
            digest.update(chunk)
            length += len(chunk)
    if (length, digest.hexdigest()) != (artifact.size, artifact.checksum):
        raise NotReadyError(
            f"{artifact.url}: found {length} bytes with SHA-256 {digest.hexdigest()}, "
            f"expected {artifact.size} bytes with {artifact.checksum}"
        )
