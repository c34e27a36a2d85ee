"""No value of a Secret leaves the builder by its output or its termination message, whoever says it."""

import base64
import json
import subprocess
import sys
import traceback
from pathlib import Path

import pytest

from airship_builder.cache import Cache
from airship_builder.discreet import discreet
from airship_builder.inputs import Inputs
from airship_builder.job import Job
from airship_builder.main import main
from airship_builder.run import ToolError, ask, log, run

VALUE = 'correct horse\nbattery "staple"'


def a_job(folder: Path) -> Job:
    """A Job with one Secret, laid out as Kubernetes mounts it."""
    data = folder / "secrets/site/..2026_11_26"
    data.mkdir(parents=True)
    (data / "phrase").write_text(VALUE)
    (folder / "secrets/site/..data").symlink_to(data.name)
    (folder / "secrets/site/phrase").symlink_to("..data/phrase")
    return Job(
        Inputs(folder), Cache(folder), folder, folder / "scratch", folder / "secrets", folder / "pull", mirror=None
    )


FORMS = {
    "whole": VALUE,
    "a line of it": 'because battery "staple" was wrong',
    "in JSON": json.dumps({"msg": VALUE}),
    "in base64": base64.b64encode(VALUE.encode()).decode(),
}


@pytest.mark.parametrize("said", FORMS.values(), ids=FORMS)
def test_nobody_can_say_it(tmp_path: Path, capfd: pytest.CaptureFixture[str], said: str) -> None:
    job = a_job(tmp_path)
    with discreet(job.hidden):
        log(f"before {said} after")
        run("printf", "%s\\n", said)
        ask("sh", "-c", 'printf "%s\\n" "$1" >&2', "sh", said)
        job.report(5, "step", f"reads {VALUE}")
        traceback.print_exception(ValueError(said))
        sys.stdout.write(said)
    shown = "".join(capfd.readouterr())
    assert "before" in shown
    assert "[redacted]" in shown
    for word in ("horse", "staple", FORMS["in base64"]):
        assert word not in shown


def test_a_line_that_comes_in_pieces_is_looked_at_whole(capfd: pytest.CaptureFixture[str]) -> None:
    with discreet(["one-two"]):
        for piece in ("a one", "-t", "wo b\n", "the end"):
            sys.stdout.write(piece)
            sys.stdout.flush()
    assert capfd.readouterr().out == "a [redacted] b\nthe end"


def test_a_tool_that_fails_says_its_last_lines_on_both_ways_out() -> None:
    with pytest.raises(ToolError, match="sh ended with code 4: it broke"):
        ask("sh", "-c", "echo it broke >&2; exit 4")


def test_the_termination_message_does_not_say_it_either(tmp_path: Path) -> None:
    job = a_job(tmp_path)
    (tmp_path / "rootfs.yaml").write_text(json.dumps({"suite": VALUE}))
    ended = tmp_path / "ended"
    places = [word for name in ("cache", "output", "scratch") for word in (f"--{name}", str(tmp_path / name))]
    request = ["--request", str(tmp_path / "rootfs.yaml"), "--secrets", str(job.secrets)]
    assert main(["fetch", *request, *places, "--termination-log", str(ended)]) == 2
    assert "horse" not in ended.read_text()


def test_the_output_of_the_real_program_is_redacted(tmp_path: Path) -> None:
    job = a_job(tmp_path)
    (tmp_path / "rootfs.yaml").write_text(json.dumps({"suite": VALUE}))
    command = [sys.executable, "-m", "airship_builder", "fetch", "--request", str(tmp_path / "rootfs.yaml")]
    places = ["--secrets", str(job.secrets), "--scratch", str(tmp_path / "scratch"), "--cache", str(tmp_path / "cache")]
    done = subprocess.run([*command, *places], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "fetch failed" in done.stderr
    assert "staple" not in done.stdout + done.stderr
