"""A command line in this process, and a site that it can read."""

from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from airship_images.cli.main import run
from tests.command_line import CommandLine, Ended
from tests.unit.cli.documents import a_profile, a_secret, an_image, write


@pytest.fixture
def airship_images(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Runs `airship-images ARGUMENTS` with `stdin` and says how it ended."""

    def call(*arguments: str | Path, stdin: bytes = b"") -> Ended:
        monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(stdin)))
        code = run([str(argument) for argument in arguments])
        return Ended(code, *capsys.readouterr())

    return call


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with a valid site: profile base, image worker and a Secret."""
    folder = tmp_path / "site"
    folder.mkdir()
    write(folder / "base.yaml", a_profile())
    write(folder / "worker.yaml", an_image())
    write(folder / "secret.yaml", a_secret())
    return folder
