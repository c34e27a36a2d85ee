"""How long does a build take, cold, after a change of configuration, and when nothing changed; how much memory?

Packages are downloaded before; there is no boot test. Each time is from the start of the process to its end.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from airship_builder import toolsroot
from airship_images.api.build import BuildReport

CACHE = Path(os.environ.get("AIRSHIP_IMAGES_CACHE", "~/.cache/airship-images")).expanduser()
PROFILE = Path(__file__).with_name("profile")
ROOTFS = ("fetch", "rootfs", "commit")
IMAGE = ("disk", "configure", "publish")
LIMIT = 1800  # seconds
SAMPLE = 0.1  # seconds
CHANGES = {'value: "10"': 'value: "11"', "measured = yes": "measured = again"}


def main() -> int:
    """Print one JSON line a figure; 0 when every build succeeded."""
    root = toolsroot.ensure(CACHE, lambda sentence: print(sentence, file=sys.stderr))
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="bench-") as name:
        run = Run(root, Path(name))
        first = run.render("first", profile())
        run.build("downloads", first, ("fetch",))
        cold = run.build("cold", first, (*ROOTFS, *IMAGE))
        changed = run.build("config", run.render("changed", profile(CHANGES)), (*ROOTFS, *IMAGE))
        unchanged = run.build("unchanged", first, (*ROOTFS, *IMAGE))
        two = run.at_once(
            [run.render(f"twin-{value}", profile({'value: "10"': f'value: "{value}"'})) for value in (12, 13)]
        )
        report = run.report(first)
        config = run.report(run.folder / "changed")
    tell("build_cold_seconds", cold, "s")
    tell("build_config_seconds", changed, "s")
    tell("build_unchanged_seconds", unchanged, "s")
    tell("build_two_at_once_ratio", two / (2 * changed), "of the sum of their times")
    tell("builder_peak_mib", run.peak / 1024, "MiB")
    tell("build_image_mb", report.result.size / 1e6, "MB")
    for phase, seconds in report.seconds.items():
        tell(f"phase_{phase}_seconds", seconds, "s")
    print(f"configuration only: {dict(config.seconds)}", file=sys.stderr)
    return 0


def profile(changes: Mapping[str, str] | None = None) -> str:
    """The profile of the benchmark and its image, with `changes` made in its text."""
    text = (PROFILE / "profile.yaml").read_text()
    for old, new in (changes or {}).items():
        text = text.replace(old, new)
    return text


def tell(name: str, value: float, unit: str) -> None:
    """One figure, for a machine."""
    print(json.dumps({"name": name, "value": round(value, 2), "unit": unit}), flush=True)


class Run:
    """Builds in one folder, with a cache of their own."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.root = root
        self.folder = folder
        self.peak = 0  # KiB of anonymous memory in all processes of a build

    def render(self, name: str, text: str) -> Path:
        """The inputs of the profile and image in `text`."""
        source = self.folder / f"{name}.yaml"
        source.write_text(text)
        program = str(Path(sys.executable).with_name("airship-images"))
        argv = [program, "render", str(source), "--image", "bench"]
        subprocess.run([*argv, "--output", str(self.folder / name)], check=True, stdout=sys.stderr, timeout=LIMIT)
        return self.folder / name

    def build(self, name: str, inputs: Path, phases: tuple[str, ...]) -> float:
        """Seconds of a build of `inputs`."""
        binds = {inputs: "/inputs"}
        scratch = self.folder / f"scratch-{name}"
        for folder, inside in (
            (self.folder / "cache", "/cache"),
            (self.folder / "output", "/output"),
            (scratch, "/scratch"),
        ):
            folder.mkdir(exist_ok=True)
            binds[folder] = inside
        argv = toolsroot.builder_argv([*phases, "--request", "/inputs/build.yaml"])
        started = time.monotonic()
        process = subprocess.Popen(toolsroot.command(self.root, argv, binds), stdout=sys.stderr)
        with self._watching(process.pid):
            code = process.wait(LIMIT)
        seconds = time.monotonic() - started
        if code != 0:
            raise SystemExit(f"the build {name} ended with code {code}; its log is above")
        shutil.rmtree(scratch)
        return seconds

    def at_once(self, inputs: Sequence[Path]) -> float:
        """Seconds until builds of all `inputs`, started together, have ended."""
        started = time.monotonic()
        with ThreadPoolExecutor(len(inputs)) as pool:
            for _ in pool.map(lambda each: self.build(each.name, each, (*ROOTFS, *IMAGE)), inputs):
                pass
        return time.monotonic() - started

    def report(self, inputs: Path) -> BuildReport:
        """The report of the build of `inputs`."""
        for line in (inputs / "build.yaml").read_text().splitlines():
            if line.startswith("buildHash: "):
                return BuildReport.model_validate_json(
                    (self.folder / f"output/by-build/{line.split()[1]}.json").read_text()
                )
        raise SystemExit(f"{inputs}/build.yaml has no buildHash")

    @contextmanager
    def _watching(self, pid: int) -> Iterator[None]:
        ended = threading.Event()
        thread = threading.Thread(target=self._watch, args=(pid, ended))
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _watch(self, pid: int, ended: threading.Event) -> None:
        while not ended.wait(SAMPLE):
            self.peak = max(self.peak, anonymous_memory(pid))


def anonymous_memory(root: int) -> int:
    """KiB of anonymous memory of the process `root` and all below it."""
    parents, sizes = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended while we looked
        parents[int(folder.name)] = int(fields["PPid"])
        sizes[int(folder.name)] = int(fields.get("RssAnon", "0 kB").split()[0])
    tree = {root}
    for pid in sorted(parents):
        if parents[pid] in tree:
            tree.add(pid)
    return sum(sizes.get(pid, 0) for pid in tree)


if __name__ == "__main__":
    sys.exit(main())
