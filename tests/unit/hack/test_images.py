"""Is an image built again when, and only when, something that goes into it has changed?"""

from pathlib import Path

import pytest

from hack.cluster import base_image, dockerfile, images
from hack.cluster.locations import REPOSITORY

DOCKERFILE = """\
FROM debian:trixie-slim AS one
COPY a b/c /usr/
RUN true

FROM debian:trixie-slim AS two
COPY --from=one /usr/a /usr/
COPY d /usr/d
"""


@pytest.fixture
def context(tmp_path: Path) -> Path:
    for name in ("a", "b/c/x.py", "b/c/__pycache__/x.pyc", "d"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


def test_what_goes_into_a_stage_is_what_it_copies_from_the_context() -> None:
    assert dockerfile.sources(DOCKERFILE, "one") == ["a", "b/c"]
    assert dockerfile.sources(DOCKERFILE, "two") == ["d"]


def test_every_source_of_our_dockerfile_exists() -> None:
    text = (REPOSITORY / "Dockerfile").read_text()
    sources = [source for target in images.TARGETS for source in dockerfile.sources(text, target)]
    assert sources
    assert [source for source in sources if not (REPOSITORY / source).exists()] == []


@pytest.mark.parametrize("changed", ["a", "b/c/x.py", "b/c/new"])
def test_a_changed_source_changes_the_digest(context: Path, changed: str) -> None:
    before = dockerfile.inputs_digest(DOCKERFILE, "one", context)
    (context / changed).write_text("other")
    assert dockerfile.inputs_digest(DOCKERFILE, "one", context) != before


def test_an_executable_bit_changes_the_digest(context: Path) -> None:
    before = dockerfile.inputs_digest(DOCKERFILE, "one", context)
    (context / "a").chmod(0o755)
    assert dockerfile.inputs_digest(DOCKERFILE, "one", context) != before


def test_what_belongs_to_another_stage_or_to_none_changes_nothing(context: Path) -> None:
    before = dockerfile.inputs_digest(DOCKERFILE, "one", context)
    (context / "d").write_text("other")
    (context / "b/c/__pycache__/x.pyc").write_text("other")
    assert dockerfile.inputs_digest(DOCKERFILE + "RUN true\n", "one", context) == before


def test_the_base_image_gets_the_machines_own_sources_for_its_suite() -> None:
    indexes = (
        "Debian|http://mirror.example/debian/|bookworm|main\n"
        "Debian|http://mirror.example/debian/|bookworm|main\n"
        "Debian|http://mirror.example/debian/|bookworm-updates|main\n"
        "Debian|http://mirror.example/security/|bookworm-security|main\n"
        "Docker|http://docker.example/|bookworm|stable\n"
    )
    keyring = "[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]"
    assert base_image.sources(indexes, "bookworm", "trixie") == [
        f"deb {keyring} http://mirror.example/debian/ trixie main",
        f"deb {keyring} http://mirror.example/debian/ trixie-updates main",
        f"deb {keyring} http://mirror.example/security/ trixie-security main",
    ]


def test_a_container_gets_where_pip_downloads_from_and_no_path_of_this_machine() -> None:
    listed = "global.index-url='https://index.example/simple'\n:env:.cert='/here/ca.pem'\n:env:.find-links='/here'\n"
    assert images.pip_configuration(listed) == (
        "[global]\ncert = /run/secrets/ca-bundle\nindex-url = https://index.example/simple\n"
    )
