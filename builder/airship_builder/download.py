"""Where is the file of a URL? In the cache under its digest, after it came whole with the bytes that were asked for.

Only the phases `fetch` and `disk` call this: they run no code but ours and may write the cache. Proxies and the CA
bundle are those of the environment (http_proxy, https_proxy, no_proxy, SSL_CERT_FILE).
"""

import http.client
import os
import random
import ssl
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final
from urllib.error import HTTPError, URLError
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    UnknownHandler,
)

from airship_builder.cache import DOWNLOADS, Cache, sync
from airship_builder.digest import file_digest
from airship_builder.run import MINUTE, log
from airship_images.api.errors import InputError, OutsideError
from airship_images.api.reasons import Reason

_BLOCK: Final = 1 << 20  # bytes
_AGAIN: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
"""HTTP answers after which the same request may succeed."""


@dataclass(frozen=True)
class Wanted:
    """A file that a profile names: `field` is where it does, `limit` the most bytes that it may have.

    `proxy`: does it come by the proxy of the environment, if there is one?
    """

    field: str
    url: str
    sha256: str
    limit: int
    proxy: bool = True


@dataclass(frozen=True)
class Patience:
    """How often and how long we try, in seconds: `stall` without a byte, `whole` for one try."""

    tries: int = 4
    stall: float = 30.0
    whole: float = 20 * MINUTE
    pause: float = 2.0


PATIENCE: Final = Patience()


class _FailedError(Exception):
    """A try that failed in a way that another one may not."""


def download(cache: Cache, wanted: Wanted, patience: Patience = PATIENCE) -> Path:
    """The file in the cache, downloaded now unless it is there with the right bytes.

    Raises InputError when what the URL gives cannot be what was asked for, OutsideError when it gives nothing.
    """
    target = cache.root / DOWNLOADS / wanted.sha256
    with cache.alone(DOWNLOADS, wanted.sha256):
        if target.exists():
            if file_digest(target) == wanted.sha256:
                os.utime(target)  # its last use
                cache.hold(target)
                return target
            log(f"{DOWNLOADS}/{wanted.sha256[:10]} in the cache is damaged: downloading it again")
        partial = target.with_name(f".{wanted.sha256}-partial")  # of the names that are swept after a kill
        try:
            _persist(wanted, partial, patience)
            _check(wanted, file_digest(partial))
            sync(partial)
            partial.rename(target)
            sync(target.parent)
            cache.hold(target)
        finally:
            partial.unlink(missing_ok=True)
    return target


def _persist(wanted: Wanted, partial: Path, patience: Patience) -> None:
    opener = _opener(proxy=wanted.proxy)
    for left in reversed(range(patience.tries)):
        try:
            with partial.open("wb") as file:
                _transfer(opener, wanted, file, patience)
        except _FailedError as error:
            if not left:
                raise OutsideError(
                    f"{wanted.field}: {wanted.url} failed {patience.tries} times: {error}",
                    reason=Reason.DOWNLOAD_FAILED,
                ) from error
            pause = patience.pause * 2 ** (patience.tries - left - 1) * random.uniform(0.5, 1.5)  # noqa: S311
            log(f"{wanted.url}: {error}; trying again in {pause:.1f} s")
            time.sleep(pause)
        else:
            return


def _opener(*, proxy: bool) -> OpenerDirector:
    """It knows http and https alone, wherever a redirection leads."""
    opener = OpenerDirector()
    opener.addheaders = [("User-Agent", "airship-images")]
    for handler in (
        ProxyHandler(None if proxy else {}),
        UnknownHandler(),
        HTTPHandler(),
        HTTPSHandler(context=ssl.create_default_context()),
        HTTPDefaultErrorHandler(),
        HTTPRedirectHandler(),
        HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    return opener


def _transfer(opener: OpenerDirector, wanted: Wanted, file: BinaryIO, patience: Patience) -> None:
    deadline = time.monotonic() + patience.whole
    with _open(opener, wanted, patience) as response:
        promised = int(response.headers.get("Content-Length") or 0)
        _check_size(wanted, promised)
        while block := _read(response):
            file.write(block)
            _check_size(wanted, file.tell())
            if time.monotonic() > deadline:
                raise _FailedError(f"it did not end within {patience.whole:.0f} s")
    if file.tell() < promised:
        raise _FailedError(f"it ended after {file.tell()} of {promised} bytes")


def _open(opener: OpenerDirector, wanted: Wanted, patience: Patience) -> http.client.HTTPResponse:
    try:
        answer: http.client.HTTPResponse = opener.open(Request(wanted.url), timeout=patience.stall)  # noqa: S310
    except HTTPError as error:
        if error.code in _AGAIN:
            raise _FailedError(f"HTTP {error.code} {error.reason}") from error
        found = f"HTTP {error.code} {error.reason} from {wanted.url}"
        raise InputError(wanted.field, found, "a URL that gives a file", reason=Reason.DOWNLOAD_FAILED) from error
    except URLError as error:
        raise _unreachable(wanted, error.reason) from error
    except (OSError, http.client.HTTPException) as error:
        raise _FailedError(_said(error)) from error
    return answer


def _unreachable(wanted: Wanted, cause: str | BaseException) -> Exception:
    if isinstance(cause, ssl.SSLCertVerificationError):
        return OutsideError(
            f"{wanted.field}: the certificate of {wanted.url} is not trusted ({cause.verify_message});"
            " add its authority to the CA bundle of the settings",
            reason=Reason.DOWNLOAD_FAILED,
        )
    if isinstance(cause, BaseException):
        return _FailedError(_said(cause))
    return InputError(wanted.field, cause, "an http or https URL", reason=Reason.DOWNLOAD_FAILED)


def _read(response: http.client.HTTPResponse) -> bytes:
    """What has come, without waiting for a whole block: a server that drips must not outlast the deadline."""
    try:
        return response.read1(_BLOCK)
    except (OSError, http.client.HTTPException) as error:
        raise _FailedError(_said(error)) from error


def _said(error: BaseException) -> str:
    return str(error) or type(error).__name__


def _check_size(wanted: Wanted, size: int) -> None:
    if size > wanted.limit:
        found, most = f"{size} bytes or more at {wanted.url}", f"at most {wanted.limit} bytes"
        raise InputError(wanted.field, found, most, reason=Reason.DOWNLOAD_FAILED)


def _check(wanted: Wanted, digest: str) -> None:
    if digest != wanted.sha256:
        found = f"a file with SHA-256 {digest} at {wanted.url}"
        raise InputError(wanted.field, found, f"SHA-256 {wanted.sha256}", reason=Reason.DIGEST_MISMATCH)
