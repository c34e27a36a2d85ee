"""Does a URL give the artifact's bytes? Asked as Ironic and its agent will: HEAD, then one plain GET (rule 10)."""

import hashlib
from typing import Final

import aiohttp

from airship_images.api.reasons import Reason
from airship_images.plan.served import Served

CHUNK: Final = 1 << 20
ANSWER_SECONDS: Final = 30.0
"""Longest silence of the server."""
SLOWEST_BYTES_PER_SECOND: Final = 1 << 20
PLAIN: Final = {"Accept-Encoding": "identity"}


async def check_url(url: str, size: int, sha256: str) -> Served:
    """Whether `url` answers HEAD with `size` bytes and GET with the bytes of `sha256` (64 hex digits).

    Reads at most `size` bytes and one chunk. The caller remembers the answer for each (url, digest).
    """
    digest = f"sha256:{sha256}"
    limits = aiohttp.ClientTimeout(
        total=ANSWER_SECONDS + size / SLOWEST_BYTES_PER_SECOND, sock_connect=ANSWER_SECONDS, sock_read=ANSWER_SECONDS
    )
    try:
        async with aiohttp.ClientSession(timeout=limits, auto_decompress=False, headers=PLAIN) as session:
            wrong = await _head(session, url, size) or await _get(session, url, size, sha256)
    except (aiohttp.ClientError, TimeoutError) as error:
        why = str(error) or "no answer in time"
        return Served(url, digest, Reason.URL_UNREACHABLE, f"{url} cannot be fetched: {why}; is the image server up?")
    return Served(url, digest, Reason.URL_MISMATCH, wrong) if wrong else Served(url, digest)


async def _head(session: aiohttp.ClientSession, url: str, size: int) -> str | None:
    async with session.head(url, allow_redirects=False) as response:
        if response.status != 200:
            return f"HEAD {url} answers {response.status}, hosts need 200"
        length = response.headers.get("Content-Length")
        return None if length == str(size) else f"HEAD {url} says {length or 'no'} bytes, the artifact has {size}"


async def _get(session: aiohttp.ClientSession, url: str, size: int, sha256: str) -> str | None:
    async with session.get(url, allow_redirects=False) as response:
        if response.status != 200:
            return f"GET {url} answers {response.status}, hosts need 200"
        if response.headers.get("Content-Encoding", "identity") != "identity":
            return f"GET {url} sends {response.headers['Content-Encoding']}, hosts need the plain bytes"
        hashed, received = hashlib.sha256(), 0
        async for chunk in response.content.iter_chunked(CHUNK):
            hashed.update(chunk)
            received += len(chunk)
            if received > size:
                return f"GET {url} sends more than the artifact's {size} bytes"
    if hashed.hexdigest() == sha256:
        return None
    return f"GET {url} sends {received} of {size} bytes, with SHA-256 {hashed.hexdigest()} where {sha256} was published"
