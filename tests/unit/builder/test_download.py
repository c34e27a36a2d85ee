"""A file of a URL is in the cache with the bytes that were asked for, or not at all."""

import hashlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from airship_builder.cache import Cache
from airship_builder.download import Patience, Wanted, download
from airship_images.api.errors import InputError, OutsideError
from airship_images.api.reasons import Reason
from hack.cluster.certificates import Certificates

CONTENT = b"the source of a module" * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
HASTE = Patience(tries=3, stall=30, whole=60, pause=0.01)
IMPATIENT = replace(HASTE, stall=3)  # with who says nothing; a busy machine may take a second to answer

Answer = Callable[[BaseHTTPRequestHandler], None]


def whole(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("Content-Length", str(len(CONTENT)))
    request.end_headers()
    request.wfile.write(CONTENT)


def half(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("Content-Length", str(len(CONTENT)))
    request.end_headers()
    request.wfile.write(CONTENT[:100])


def endless(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.end_headers()
    for _ in range(100):
        request.wfile.write(CONTENT)


def drip(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.end_headers()
    for _ in range(50):
        request.wfile.write(b".")
        time.sleep(0.1)


def nothing(request: BaseHTTPRequestHandler) -> None:
    request.rfile.read(1)


def code(number: int, **headers: str) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(number)
        for name, value in headers.items():
            request.send_header(name, value)
        request.end_headers()

    return answer


class Site:
    """A web server that gives its answers one after the other, the last one again and again."""

    def __init__(self, *answers: Answer, certificates: Certificates | None = None) -> None:
        self.asked = 0
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked += 1
                try:
                    answers[min(site.asked, len(answers)) - 1](self)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True  # the client has seen enough

            def log_message(self, *_: object) -> None:
                """Tests say for themselves what went wrong."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if certificates:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificates.certificate("web"), certificates.key("web"))
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"{'https' if certificates else 'http'}://127.0.0.1:{self.server.server_port}/module.tar.gz"


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Site]]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    sites: list[Site] = []

    def serve(*answers: Answer, certificates: Certificates | None = None) -> Site:
        sites.append(Site(*answers, certificates=certificates))
        return sites[-1]

    yield serve
    for each in sites:
        each.server.shutdown()
        each.server.server_close()


def wanted(url: str, sha256: str = SHA256, limit: int = 1 << 20) -> Wanted:
    return Wanted("drivers.dkms[nic].url", url, sha256, limit)


def left(cache: Path) -> list[str]:
    return sorted(path.name for path in (cache / "downloads").iterdir() if path.suffix != ".lock")


def test_a_file_is_downloaded_once_and_then_found(tmp_path: Path, site: Callable[..., Site]) -> None:
    served = site(whole)
    paths = [download(Cache(tmp_path), wanted(served.url), HASTE) for _ in range(2)]
    assert paths == [tmp_path / "downloads" / SHA256] * 2
    assert paths[0].read_bytes() == CONTENT
    assert served.asked == 1


@pytest.mark.parametrize(("proxy", "asked"), [(True, [1, 0]), (False, [0, 1])])
def test_a_file_comes_by_the_proxy_unless_it_is_told_not_to(
    tmp_path: Path, site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch, proxy: bool, asked: list[int]
) -> None:
    between, origin = site(whole), site(whole)
    monkeypatch.setenv("http_proxy", between.url)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "")
    download(Cache(tmp_path), replace(wanted(origin.url), proxy=proxy), HASTE)
    assert [between.asked, origin.asked] == asked


def test_a_damaged_file_in_the_cache_is_downloaded_again(tmp_path: Path, site: Callable[..., Site]) -> None:
    served = site(whole)
    path = download(Cache(tmp_path), wanted(served.url), HASTE)
    path.write_bytes(b"not what it was")
    assert download(Cache(tmp_path), wanted(served.url), HASTE).read_bytes() == CONTENT
    assert served.asked == 2


@pytest.mark.parametrize("failure", [half, nothing, code(503), code(429)], ids=["cut", "silent", "busy", "too-many"])
def test_what_may_pass_by_itself_is_tried_again(tmp_path: Path, site: Callable[..., Site], failure: Answer) -> None:
    served = site(failure, whole)
    patience = IMPATIENT if failure is nothing else HASTE
    assert download(Cache(tmp_path), wanted(served.url), patience).read_bytes() == CONTENT
    assert served.asked == 2


@pytest.mark.parametrize(
    ("failure", "said"),
    [(half, "ended after 100 of"), (code(503), "503"), (nothing, "timed out"), (drip, "did not end within 3 s")],
)
def test_what_stays_broken_is_given_up(tmp_path: Path, site: Callable[..., Site], failure: Answer, said: str) -> None:
    patience = replace(IMPATIENT if failure is nothing else HASTE, tries=2, whole=3)
    with pytest.raises(OutsideError, match=said) as caught:
        download(Cache(tmp_path), wanted(site(failure).url), patience)
    assert caught.value.reason is Reason.DOWNLOAD_FAILED
    assert "drivers.dkms[nic].url" in caught.value.message
    assert left(tmp_path) == []


def test_a_server_that_is_not_there_is_tried_again_and_given_up(tmp_path: Path) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        with pytest.raises(OutsideError, match=r"failed 3 times: .*refused"):
            download(Cache(tmp_path), wanted(f"http://127.0.0.1:{held.getsockname()[1]}/"), HASTE)


@pytest.mark.parametrize(
    ("answer", "reason", "said"),
    [
        (code(404), Reason.DOWNLOAD_FAILED, "HTTP 404"),
        (code(403), Reason.DOWNLOAD_FAILED, "HTTP 403"),
        (endless, Reason.DOWNLOAD_FAILED, "at most 1048576 bytes"),
        (code(302, Location="file:///etc/passwd"), Reason.DOWNLOAD_FAILED, "not allowed"),
        (code(302, Location="ftp://127.0.0.1/"), Reason.DOWNLOAD_FAILED, "an http or https URL"),
        (code(200), Reason.DIGEST_MISMATCH, "a file with SHA-256 e3b0c442"),
    ],
    ids=["missing", "forbidden", "endless", "to-a-file", "to-ftp", "other-bytes"],
)
def test_what_no_second_try_can_mend_is_an_error_of_the_input(
    tmp_path: Path, site: Callable[..., Site], answer: Answer, reason: Reason, said: str
) -> None:
    served = site(answer)
    with pytest.raises(InputError, match=said) as caught:
        download(Cache(tmp_path), wanted(served.url), HASTE)
    assert caught.value.reason is reason
    assert served.asked == 1
    assert left(tmp_path) == []


def test_a_file_that_says_it_is_too_large_is_not_read(tmp_path: Path, site: Callable[..., Site]) -> None:
    with pytest.raises(InputError, match="at most 10 bytes"):
        download(Cache(tmp_path), wanted(site(whole).url, limit=10), HASTE)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/x", "data:,x"])
def test_only_http_and_https_are_spoken(tmp_path: Path, url: str) -> None:
    with pytest.raises(InputError, match="an http or https URL"):
        download(Cache(tmp_path), wanted(url), HASTE)


def test_the_proxy_of_the_environment_is_asked(
    tmp_path: Path, site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = site(whole)
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("http_proxy", proxy.url)
    assert download(Cache(tmp_path), wanted("http://nowhere.invalid/x"), HASTE).read_bytes() == CONTENT
    assert proxy.asked == 1


def test_the_authorities_of_the_ca_bundle_are_trusted_and_no_others(
    tmp_path: Path, site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    certificates = Certificates(tmp_path / "pki")
    certificates.ensure("127.0.0.1")
    certificates.server("web", "127.0.0.1")
    served = site(whole, certificates=certificates)
    with pytest.raises(OutsideError, match=r"is not trusted .*CA bundle of the settings"):
        download(Cache(tmp_path), wanted(served.url), HASTE)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.ca))
    assert download(Cache(tmp_path), wanted(served.url), HASTE).read_bytes() == CONTENT
