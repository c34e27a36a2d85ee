"""Does a URL give the artifact's bytes? Asked as Ironic and its agent will: HEAD, then plain GETs (rule 10)."""

import asyncio
import hashlib
from typing import Final

import aiohttp

from airship_images.api.reasons import Reason
from airship_images.plan.actions import CheckURL
from airship_images.plan.served import Served

CHUNK: Final = 1 << 20
END: Final = 64 << 10
"""Bytes at either end by which an artifact that was read once is known again."""
ANSWER_SECONDS: Final = 30.0
"""Longest silence of the server."""
SLOWEST_BYTES_PER_SECOND: Final = 1 << 20
LARGEST: Final = 1 << 40
"""Bytes of an image whose length only its server knows."""
PLAIN: Final = {"Accept-Encoding": "identity"}


class _WrongError(Exception):
    """The answer is not the artifact; the message says how."""


async def check_url(action: CheckURL) -> Served:
    """Whether the URL answers HEAD with the length and GET with the bytes of the artifact.

    All bytes are read once; where their ends are known from then, only those are read. Reads at most the size and one
    chunk. The caller remembers the answer for each (url, digest).
    """
    url, digest = action.url, action.digest
    limits = aiohttp.ClientTimeout(sock_connect=ANSWER_SECONDS, sock_read=ANSWER_SECONDS)
    try:
        async with aiohttp.ClientSession(timeout=limits, auto_decompress=False, headers=PLAIN) as session:
            async with asyncio.timeout(ANSWER_SECONDS):
                size = await _head(session, url, action.size)
            async with asyncio.timeout(ANSWER_SECONDS + size / SLOWEST_BYTES_PER_SECOND):
                same = action.ends is not None and await _ends(session, url, size) == action.ends
                ends = action.ends if same else await _all(session, action, size)
        return Served(url, digest, size=size, ends=ends)
    except _WrongError as wrong:
        return Served(url, digest, Reason.URL_MISMATCH, str(wrong))
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:  # the last: no host can have such a name
        why = str(error) or "no answer in time"
        return Served(url, digest, Reason.URL_UNREACHABLE, f"{url} cannot be fetched: {why}; is the image server up?")


async def _head(session: aiohttp.ClientSession, url: str, size: int | None) -> int:
    """The length that the server says: it has to be `size`, where that is known."""
    async with session.head(url, allow_redirects=False) as response:
        if response.status != 200:
            raise _WrongError(f"HEAD {url} answers {response.status}, hosts need 200")
        length = response.headers.get("Content-Length")
        if length is None or not (0 < int(length) <= LARGEST if size is None else length == str(size)):
            right = f"at least one and at most {LARGEST}" if size is None else str(size)
            raise _WrongError(f"HEAD {url} says {length or 'no'} bytes, the artifact has {right}")
        return int(length)


async def _ends(session: aiohttp.ClientSession, url: str, size: int) -> str | None:
    """The SHA-256 of both ends; None where the server gives no parts."""
    found = bytearray()
    for wanted in (f"bytes=0-{min(END, size) - 1}", f"bytes=-{min(END, size)}"):
        async with session.get(url, allow_redirects=False, headers={"Range": wanted}) as response:
            if response.status != 206:
                return None
            try:
                found += await response.content.readexactly(min(END, size))
            except asyncio.IncompleteReadError:
                return None
    return hashlib.sha256(found).hexdigest()


async def _all(session: aiohttp.ClientSession, action: CheckURL, size: int) -> str:
    """Read everything; the SHA-256 of both ends."""
    url, sha256 = action.url, action.digest.removeprefix("sha256:")
    async with session.get(url, allow_redirects=False) as response:
        if response.status != 200:
            raise _WrongError(f"GET {url} answers {response.status}, hosts need 200")
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise _WrongError(f"GET {url} sends {response.headers['Content-Encoding']}, hosts need the plain bytes")
        hashed, received, first, last = hashlib.sha256(), 0, b"", b""
        async for chunk in response.content.iter_chunked(CHUNK):
            hashed.update(chunk)
            received += len(chunk)
            first = first if len(first) == END else (first + chunk)[:END]
            last = (last + chunk)[-END:]
            if received > size:
                raise _WrongError(f"GET {url} sends more than the artifact's {size} bytes")
    if hashed.hexdigest() != sha256:
        found = f"{received} of {size} bytes, with SHA-256 {hashed.hexdigest()}"
        raise _WrongError(f"GET {url} sends {found} where {sha256} is expected")
    return hashlib.sha256(first + last).hexdigest()
