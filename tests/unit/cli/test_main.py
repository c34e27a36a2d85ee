"""How does the command line itself behave: help, version, mistakes in arguments, pipes and bugs?"""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from airship_images.cli.main import app
from tests.command_line import CommandLine

COMMANDS = (
    "validate",
    "explain",
    "render",
    "plan",
    "build",
    "boot",
    "catalogue",
    "rebuild",
    "hosts",
    "approve",
    "pause",
    "resume",
    "crds",
)


def program(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """The program itself, as a shell would start it."""
    command = [str(Path(sys.executable).with_name("airship-images")), *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, timeout=60, check=False)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_each_command_has_an_example(airship_images: CommandLine, command: str) -> None:
    ended = airship_images(command, "--help")
    assert ended.code == 0
    assert "Example: " in ended.out
    assert f"airship-images {command}" in ended.out


def test_the_version_is_the_distributions(airship_images: CommandLine) -> None:
    assert airship_images("--version").out.startswith("airship-images 0.")


@pytest.mark.parametrize(
    "arguments",
    [["paint"], ["build"], ["render", "examples", "-o", "xml", "--output", "x"], ["validate"], ["boot", "/nowhere"]],
)
def test_wrong_usage_is_wrong_input(airship_images: CommandLine, arguments: list[str]) -> None:
    ended = airship_images(*arguments)
    assert (ended.code, ended.out) == (2, "")


def test_an_option_means_the_same_in_every_command(airship_images: CommandLine) -> None:
    commands = get_command(app).commands  # type: ignore[attr-defined]
    assert set(commands) == set(COMMANDS)
    for name, command in commands.items():
        options = {each: option for option in command.params for each in option.opts}
        if "-o" in options:
            (formats,) = re.findall(r"-o +<(.+?)>", airship_images(name, "--help").out)
            assert set(formats.split("|")) <= {"text", "json", "yaml"}, name
        for option, value in {"--output": "DIR", "--image": "[NAMESPACE/]NAME", "--kubeconfig": "FILE"}.items():
            assert option not in options or options[option].metavar == value, name


def test_a_bug_ends_with_one_and_its_traceback() -> None:
    broken = "from airship_images.cli import main, site; site.Site.read = None; main.main()"
    command = [sys.executable, "-c", broken, "validate", "examples"]
    ended = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout) == (1, b"")
    assert b"Traceback" in ended.stderr


def test_a_site_can_be_piped_in(tmp_path: Path) -> None:
    site = b"---\n".join(path.read_bytes() for path in sorted(Path("examples").glob("*.yaml")))
    ended = program("render", "-", "--image", "worker", "--output", str(tmp_path), stdin=site)
    assert (ended.returncode, ended.stderr) == (0, b"")


def test_a_mistake_on_standard_input_is_placed_there(airship_images: CommandLine) -> None:
    ended = airship_images("validate", "-", stdin=b"kind: NodeProfile\n")
    assert ended.code == 2
    assert "standard input, document 1" in ended.out


def test_colour_is_for_terminals_alone(tmp_path: Path) -> None:
    assert b"\x1b" not in program("validate", "examples").stdout
    ended = program("validate", str(tmp_path))
    assert b"\x1b" not in ended.stderr


def test_text_that_a_terminal_would_obey_is_not_shown_as_it_is(airship_images: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text('{kind: NodeProfile, metadata: {name: "\\e[31m"}, spec: {}}')
    assert "\x1b" not in airship_images("validate", tmp_path).out


def test_the_reader_of_a_pipe_may_leave_early() -> None:
    shell = 'set -o pipefail; "$1" crds | head -c 10 >&2'
    cli = str(Path(sys.executable).with_name("airship-images"))
    ended = subprocess.run(["bash", "-c", shell, "bash", cli], capture_output=True, timeout=60, check=False)
    assert len(ended.stderr) == 10
