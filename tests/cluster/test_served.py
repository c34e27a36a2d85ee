"""Does nginx serve the image as Ironic and its agent ask for it, and nothing else?"""

from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from hack.cluster import storage
from hack.cluster.locations import NODE_ADDRESS
from hack.demo import served
from tests.cluster.story import Story

pytestmark = pytest.mark.timeout(5400)

PORT = 30080
QCOW2_MAGIC = b"QFI\xfb"
SMALL = 1 << 16


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    start: bytes
    """The first 64 KiB of the body."""


def ask(path: str, method: str = "GET", **headers: str) -> Answer:
    """The answer to a path that is sent just as it is."""
    connection = HTTPConnection(NODE_ADDRESS, PORT, timeout=served.TIMEOUT)
    try:
        connection.request(method, path, headers=headers)
        response = connection.getresponse()
        return Answer(response.status, dict(response.getheaders()), response.read(SMALL))
    finally:
        connection.close()


def path(story: Story) -> str:
    return urlsplit(story.artifact.url).path


def test_head_tells_the_length_and_sends_no_body(story: Story) -> None:
    answer = ask(path(story), "HEAD")
    assert (answer.status, answer.start) == (200, b"")
    assert answer.headers["Content-Length"] == str(story.artifact.size)


def test_get_sends_the_bytes_of_the_checksum(story: Story) -> None:
    served.verify(story.artifact)


def test_a_range_sends_just_that_part(story: Story) -> None:
    answer = ask(path(story), Range="bytes=0-3")
    assert (answer.status, answer.start) == (206, QCOW2_MAGIC)
    assert answer.headers["Content-Range"] == f"bytes 0-3/{story.artifact.size}"


def test_nothing_is_compressed_in_transfer(story: Story) -> None:
    answer = ask(path(story), "HEAD", **{"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in answer.headers
    assert answer.headers["Content-Length"] == str(story.artifact.size)


def test_the_checksum_file_names_the_bare_file(story: Story) -> None:
    answer = ask(f"{path(story)}.sha256")
    assert answer.start.decode().split() == [story.artifact.checksum, path(story).rpartition("/")[2]]


@pytest.mark.parametrize("document", [".cdx.json", ".provenance.json"])
def test_the_sbom_and_the_provenance_of_these_bytes_are_beside_it(story: Story, document: str) -> None:
    kept = storage.FOLDER / storage.CLAIMS[0] / f"{path(story).lstrip('/')}{document}"
    answer = ask(f"{path(story)}{document}")
    assert (answer.status, answer.start) == (200, kept.read_bytes()[:SMALL])
    assert story.artifact.checksum in kept.read_text()


@pytest.mark.parametrize("unknown", ["/", "/by-build/", "/by-spec/", "/../etc/passwd", "/%2e%2e/etc/passwd"])
def test_nothing_but_artifacts_is_served(story: Story, unknown: str) -> None:
    assert ask(unknown).status in (400, 404)


def test_the_report_of_a_build_is_in_the_store_and_not_served(story: Story) -> None:
    (report,) = (storage.FOLDER / storage.CLAIMS[0]).glob("by-build/*.json")
    assert ask(f"/by-build/{report.name}").status == 404


def test_a_folder_is_not_listed(story: Story) -> None:
    assert ask(f"/{story.artifact.checksum}/").status == 404


@pytest.mark.parametrize("method", ["PUT", "DELETE", "POST"])
def test_nothing_can_be_written(story: Story, method: str) -> None:
    assert ask(path(story), method).status == 405
