"""The artifact's URL is asked for every byte before a host is: a real server that errs in each way."""

import asyncio
import hashlib
import http.server
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from airship_images.api.reasons import Reason
from airship_images.cluster.served import check_url
from airship_images.plan.actions import CheckURL
from airship_images.plan.served import Served

CONTENT = bytes(range(256)) * 20_000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
Answer = Callable[[http.server.BaseHTTPRequestHandler], None]


def send(handler: http.server.BaseHTTPRequestHandler, content: bytes, *, length: int | None, status: int = 200) -> None:
    handler.send_response(status)
    if length is not None:
        handler.send_header("Content-Length", str(length))
    handler.end_headers()
    if handler.command == "GET":
        handler.wfile.write(content)


@contextmanager
def serving(answer: Answer) -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def do_HEAD(self) -> None:
            answer(self)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/{SHA256}/worker.qcow2"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def ask(url: str, ends: str | None = None) -> Served:
    return asyncio.run(check_url(CheckURL(url, len(CONTENT), f"sha256:{SHA256}", ends)))


def check(answer: Answer) -> Served:
    with serving(answer) as url:
        return ask(url)


def test_the_right_bytes_of_the_right_length_are_right() -> None:
    served = check(lambda handler: send(handler, CONTENT, length=len(CONTENT)))
    assert (served.reason, served.digest) == (None, f"sha256:{SHA256}")


def gzipped(handler: http.server.BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(CONTENT)))
    handler.send_header("Content-Encoding", "gzip")
    handler.end_headers()


def elsewhere(handler: http.server.BaseHTTPRequestHandler) -> None:
    handler.send_response(302)
    handler.send_header("Location", "http://127.0.0.1:9/")
    handler.end_headers()


def only_head(handler: http.server.BaseHTTPRequestHandler) -> None:
    send(handler, CONTENT, length=len(CONTENT), status=200 if handler.command == "HEAD" else 403)


def endless(handler: http.server.BaseHTTPRequestHandler) -> None:
    head = handler.command == "HEAD"
    send(handler, CONTENT + CONTENT, length=len(CONTENT) if head else 2 * len(CONTENT))


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (lambda handler: send(handler, b"", length=0, status=404), "HEAD .* answers 404"),
        (lambda handler: send(handler, CONTENT, length=None), "says no bytes"),
        (lambda handler: send(handler, CONTENT[1:], length=len(CONTENT) - 1), "says 5119999 bytes"),
        (lambda handler: send(handler, CONTENT[::-1], length=len(CONTENT)), "SHA-256"),
        (elsewhere, "answers 302"),
        (gzipped, "sends gzip"),
        (only_head, "GET .* answers 403"),
        (endless, "sends more than"),
    ],
)
def test_any_other_answer_is_a_mismatch_that_says_what_is_wrong(answer: Answer, sentence: str) -> None:
    served = check(answer)
    assert served.reason is Reason.URL_MISMATCH
    assert re.search(sentence, served.message)


def cut_off(handler: http.server.BaseHTTPRequestHandler) -> None:
    send(handler, CONTENT[:1000], length=len(CONTENT))
    handler.close_connection = True


def test_a_connection_that_is_cut_off_is_asked_again_later() -> None:
    assert check(cut_off).reason is Reason.URL_UNREACHABLE


def test_a_server_that_is_away_is_asked_again_later() -> None:
    served = ask("http://127.0.0.1:9/x")
    assert served.reason is Reason.URL_UNREACHABLE
    assert "is the image server up?" in served.message


class Store:
    """A server of `content` that knows parts, and remembers which were asked for."""

    def __init__(self, content: bytes, *, parts: bool = True) -> None:
        self.content = content
        self.parts = parts
        self.asked: list[str] = []

    def __call__(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        wanted = handler.headers.get("Range")
        self.asked.append(handler.command if wanted is None else wanted)
        if wanted is None or not self.parts:
            send(handler, self.content, length=len(self.content))
            return
        first, _, last = wanted.removeprefix("bytes=").partition("-")
        part = self.content[int(first) : int(last) + 1] if first else self.content[-int(last) :]
        send(handler, part, length=len(part), status=206)


def test_what_was_read_once_is_known_again_by_its_length_and_both_ends() -> None:
    store = Store(CONTENT)
    with serving(store) as url:
        first = ask(url)
        assert store.asked == ["HEAD", "GET"]
        again = ask(url, first.ends)
    assert store.asked[2:] == ["HEAD", "bytes=0-65535", "bytes=-65536"]
    assert (again.reason, again.ends) == (None, first.ends)


@pytest.mark.parametrize("other", [b"?" + CONTENT[1:], CONTENT[:-1] + b"?"], ids=["first", "last"])
def test_another_byte_at_an_end_is_a_mismatch(other: bytes) -> None:
    store = Store(CONTENT)
    with serving(store) as url:
        first = ask(url)
        store.content = other
        again = ask(url, first.ends)
    assert again.reason is Reason.URL_MISMATCH
    assert "SHA-256" in again.message


def test_a_server_that_gives_no_parts_is_asked_for_everything_again() -> None:
    store = Store(CONTENT, parts=False)
    with serving(store) as url:
        first = ask(url)
        assert ask(url, first.ends) == first
    assert store.asked.count("GET") == 2


def test_an_artifact_shorter_than_its_ends_is_known_again_too() -> None:
    content = b"a small image"
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    store = Store(content)
    with serving(store) as url:
        first = asyncio.run(check_url(CheckURL(url, len(content), digest)))
        again = asyncio.run(check_url(CheckURL(url, len(content), digest, first.ends)))
    assert again == first
    assert store.asked.count("GET") == 1
