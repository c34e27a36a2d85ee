"""Run phases of a build: `python3 -m airship_builder PHASE… --request FILE`."""

import argparse
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from types import FrameType
from typing import Final

from airship_builder.bootfile import add_boot_file, boot_file
from airship_builder.cache import Cache
from airship_builder.discreet import discreet
from airship_builder.failure import classify
from airship_builder.inputs import Inputs
from airship_builder.job import Job
from airship_builder.last_words import fail, terminate
from airship_builder.phases import FIRST, PHASES, STORING, PhaseResult
from airship_builder.prune import tidied
from airship_builder.publish import finished
from airship_builder.removal import PHASE as PRUNE_OUTPUT
from airship_builder.removal import add_prune_output, prune_output
from airship_builder.run import log
from airship_images.api.build import BuildPhase
from airship_images.api.errors import BugError, OutsideError
from airship_images.api.quantity import CACHE_LIMIT, byte_size

EXAMPLE: Final = "example: python3 -m airship_builder disk configure boot publish --request /inputs/build.yaml"
"""Shown at the end of --help."""


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line asks and give the exit code: 0 done, 2 input wrong, 3 outside world failed, 1 a bug."""
    arguments = _arguments(argv)
    signal.signal(signal.SIGTERM, _stop)  # as process 1 of a container we would not hear it otherwise
    if arguments.command == "boot-file":
        return boot_file(arguments)
    if arguments.command == PRUNE_OUTPUT:
        return prune_output(arguments)
    job = Job(
        inputs=Inputs(arguments.request.parent),
        cache=Cache(arguments.cache, arguments.cache_limit),
        output=arguments.output,
        scratch=arguments.scratch,
        secrets=arguments.secrets,
        pull_secrets=arguments.pull_secrets,
        mirror=arguments.mirror,
    )
    with discreet(job.hidden):
        return _build(job, arguments.phases, arguments.termination_log)


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    words = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(prog="airship_builder", description=__doc__, epilog=EXAMPLE)
    if words[:1] == ["boot-file"]:
        parser.set_defaults(command="boot-file")
        add_boot_file(parser)
        return parser.parse_args(words[1:])
    if words[:1] == [PRUNE_OUTPUT]:
        parser.set_defaults(command=PRUNE_OUTPUT)
        add_prune_output(parser)
        return parser.parse_args(words[1:])
    parser.set_defaults(command="build")
    parser.add_argument("phases", nargs="+", choices=tuple(PHASES), metavar="PHASE", help=f"of {', '.join(PHASES)}")
    parser.add_argument(
        "--request", type=Path, required=True, help="rootfs.yaml or build.yaml; the others lie beside it"
    )
    parser.add_argument("--cache", type=Path, default=Path("/cache"))
    parser.add_argument(
        "--cache-limit",
        type=byte_size,
        default=CACHE_LIMIT,
        metavar="SIZE",
        help=f"what was used longest ago leaves the cache above it (default {CACHE_LIMIT})",
    )
    parser.add_argument("--output", type=Path, default=Path("/output"))
    parser.add_argument("--scratch", type=Path, default=Path("/scratch"))
    parser.add_argument("--secrets", type=Path, default=Path("/secrets"), help="holds SECRET/KEY files")
    parser.add_argument("--pull-secrets", type=Path, default=Path("/pull-secrets"), help="the same, of registries")
    parser.add_argument("--mirror", help="package mirror to use while building; it does not stay in the image")
    parser.add_argument("--termination-log", type=Path, default=Path("/dev/termination-log"))
    return parser.parse_args(words)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(OutsideError.exit_code)


def _build(job: Job, phases: Sequence[BuildPhase], termination_log: Path) -> int:
    phase = phases[0]
    result: PhaseResult | None = None
    try:
        if phase in FIRST:
            job.forget()
        if published := finished(job, keep="publish" in phases):
            log(f"this build is already published: {published.path}")
            result, phases = published, ()
        for phase in phases:
            result = _run_phase(job, phase, PHASES[phase]) or result
    except Exception as error:  # noqa: BLE001  (the last line of defence: every failure becomes a result)
        known = classify(error, {"cache": job.cache.root, "scratch": job.scratch, "output": job.output})
        if isinstance(known, BugError):
            log("".join(traceback.format_exception(error)))
        return fail(known, phase, termination_log, job.hidden)
    if result is not None:
        terminate(termination_log, result.model_dump_json(by_alias=True))
    return 0


def _run_phase(job: Job, phase: BuildPhase, work: Callable[[Job], PhaseResult | None]) -> PhaseResult | None:
    started = time.monotonic()
    job.report.start(phase)
    with tidied(job.cache) if phase in STORING else nullcontext():
        result = work(job)
    seconds = round(time.monotonic() - started, 2)
    if phase != "publish":  # whose own time is in the report that it has written
        job.note("seconds", {**job.noted("seconds", {}), phase: seconds})
    job.report(100, "done", f"{phase} took {seconds:.1f} s")
    return result
