"""Runs the builder as a Job would, in the tools root, and looks into what it made."""

import json
import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from airship_builder import toolsroot
from airship_images.api.build import BuildReport
from airship_images.api.errors import OutsideError
from hack.cluster.waiting import PAUSES

CACHE = Path(os.environ.get("AIRSHIP_IMAGES_CACHE", "~/.cache/airship-images")).expanduser()
TESTS_CACHE = CACHE / "tests"
PHASES = ("fetch", "rootfs", "commit", "disk", "configure", "boot", "publish")
MINUTE = 60


@dataclass
class Workbench:
    """Folders of one build; the cache is shared by the whole session and by later ones of the same code."""

    root: Path
    place: Path
    cache: Path = TESTS_CACHE

    def __post_init__(self) -> None:
        for folder in (self.cache, *self._folders().values()):
            folder.mkdir(parents=True, exist_ok=True)

    @property
    def request(self) -> Path:
        return self._folders()["inputs"]

    @property
    def output(self) -> Path:
        return self._folders()["output"]

    @property
    def stored(self) -> list[str]:
        """The names of all that is in the store but its lock."""
        return [path.name for path in self.output.iterdir() if path.name != ".lock"]

    @property
    def secrets(self) -> Path:
        return self._folders()["secrets"]

    @property
    def pull_secrets(self) -> Path:
        return self._folders()["pull-secrets"]

    @property
    def scratch(self) -> Path:
        return self._folders()["scratch"]

    @property
    def ended(self) -> dict[str, Any]:
        """The termination message."""
        return dict(json.loads((self.place / "ended/log").read_text()))

    def build(
        self, *phases: str, options: tuple[str, ...] = (), wrap: tuple[str, ...] = ()
    ) -> subprocess.CompletedProcess[str]:
        """Run `phases` (all, when none is given) on the request; `wrap` is a command that runs the argv after it.

        Again where the real archive failed, as an operator would: it does by chance.
        """
        command = [*wrap, *self.build_command(*phases, options=options)]
        done = self._finish(command, timeout=25 * MINUTE)
        for pause in PAUSES:
            if done.returncode != OutsideError.exit_code or not self._archive_failed(options):
                break
            time.sleep(pause)
            done = self._finish(command, timeout=25 * MINUTE)
        return done

    def build_command(self, *phases: str, options: tuple[str, ...] = ()) -> list[str]:
        """The argv that runs `phases` on the request."""
        arguments = [
            *(phases or PHASES),
            "--request",
            "/inputs/build.yaml",
            "--termination-log",
            "/ended/log",
            *options,
        ]
        return self.command(*toolsroot.builder_argv(arguments))

    def run(self, *argv: str, timeout: float = 15 * MINUTE) -> subprocess.CompletedProcess[str]:
        """Run `argv` in the tools root."""
        return self._finish(self.command(*argv), timeout)

    def command(self, *argv: str) -> list[str]:
        """The argv that runs `argv` in the tools root."""
        binds = {self.cache: "/cache", **{path: f"/{name}" for name, path in self._folders().items()}}
        return toolsroot.command(self.root, argv, binds)

    def _finish(self, command: Sequence[str], timeout: float) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=timeout, check=False)

    def report(self, build_hash: str) -> BuildReport:
        """The report of a build."""
        return BuildReport.model_validate_json((self.output / f"by-build/{build_hash}.json").read_text())

    def image(self, build_hash: str) -> str:
        """The path of the image inside the tools root."""
        return f"/output/{self.report(build_hash).result.path}"

    def _archive_failed(self, options: tuple[str, ...]) -> bool:
        """Whether it was the mirror of the machine's own sources, and not one that a test made."""
        if self.ended["reason"] != "MirrorFailed" or "--mirror" in options:
            return False
        return "repos" not in yaml.safe_load((self.request / "rootfs-vars.yaml").read_text())

    def _folders(self) -> dict[str, Path]:
        return {name: self.place / name for name in ("inputs", "output", "scratch", "secrets", "pull-secrets", "ended")}


@dataclass
class Inside:
    """A file system of a built image, read without a mount."""

    bench: Workbench
    offset: int

    @property
    def place(self) -> str:
        """For the programs of e2fsprogs."""
        return f"/scratch/inside.raw?offset={self.offset}"

    def debugfs(self, command: str) -> str:
        done = self.bench.run("debugfs", "-R", command, self.place)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def text(self, path: str) -> str:
        return self.debugfs(f'cat "{path}"')

    def stat(self, path: str) -> str:
        """`TYPE MODE UID GID` of what is at `path`, or what debugfs says instead."""
        words = self.debugfs(f'stat "{path}"').split()
        if "Type:" not in words:
            return "nothing"
        values = [words[words.index(f"{name}:") + 1] for name in ("Type", "Mode", "User", "Group")]
        return " ".join(values)

    def link(self, path: str) -> str:
        """Where the link at `path` leads."""
        line = next(line for line in self.debugfs(f'stat "{path}"').splitlines() if line.startswith("Fast link dest"))
        return line.split('"')[1]


def open_image(bench: Workbench, image: str, number: int = 1) -> Inside:
    """The sound ext4 of partition `number` of `image`, which is the root's unless said otherwise."""
    done = bench.run("qemu-img", "convert", "-O", "raw", image, "/scratch/inside.raw")
    assert done.returncode == 0, done.stderr
    table = json.loads(bench.run("sfdisk", "--json", "/scratch/inside.raw").stdout)["partitiontable"]
    found = next(one for one in table["partitions"] if one["node"].endswith(f"raw{number}"))
    inside = Inside(bench, found["start"] * 512)
    checked = bench.run("e2fsck", "-f", "-n", inside.place)
    assert checked.returncode == 0, checked.stdout
    return inside
