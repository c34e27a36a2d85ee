"""How does a build run on this machine? The phases of the Jobs, one after the other, in the builder's tools root.

Phases that run code of others have a process, and mounts, of their own: they see what they would see in a Job.
"""

import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from airship_builder import toolsroot
from airship_builder.store import keep_consoles
from airship_images.api.build import BuildFailure, BuildPhase, BuildReport
from airship_images.api.errors import AirshipError, BugError, InputError, OutsideError
from airship_images.api.reasons import Reason
from airship_images.api.redaction import redact, spoken_forms
from airship_images.api.views import groups, shared
from airship_images.cli import process
from airship_images.cli.build_log import BuildLog
from airship_images.cli.progress import Display
from airship_images.cli.secrets import Secret
from airship_images.cli.single_flight import making_rootfs
from airship_images.cli.workplace import Workplace, workplace
from airship_images.spec import Prepared
from airship_images.spec.verification import skipped_because

PHASES: Final[tuple[BuildPhase, ...]] = ("fetch", "rootfs", "commit", "disk", "configure", "boot", "publish")
_ENDED: Final = "termination.json"
_KILLED: Final = (-signal.SIGKILL, 128 + signal.SIGKILL)


class BuildRejectedError(AirshipError):
    """The builder found the input wrong: trying again changes nothing."""

    exit_code = InputError.exit_code


@dataclass(frozen=True)
class Built:
    """A finished build; `unchanged` when it was there before we came."""

    report: BuildReport
    file: Path
    unchanged: bool


def build(
    prepared: Prepared,
    values: Mapping[str, Secret],
    *,
    cache: Path,
    cache_limit: str,
    output: Path,
    timeout: timedelta,
    display: Display,
    verbose: bool,
) -> Built:
    """Build `prepared` into `output` within `timeout`, with the Secrets' `values`; `cache` is kept below `cache_limit`.

    Raises BuildRejectedError, OutsideError or BugError as the builder's exit code says, and InputError when a Secret
    is missing.
    """
    if known := _result(prepared, output):
        return Built(known, output / known.result.path, unchanged=True)
    with workplace(prepared, values, cache, output) as place:
        root = toolsroot.ensure(cache, display.say)
        hidden = spoken_forms(value for secret in values.values() for value in secret.values.values())
        log = BuildLog(display, hidden, verbose=verbose)
        ends = time.monotonic() + timeout.total_seconds()
        with making_rootfs(place.cache, prepared.identities.rootfs_hash, timeout, display.say) as made:
            for phases in groups(_phases(prepared)):
                argv = _argv(root, phases, place, cache_limit)
                try:
                    code = process.follow(argv, timedelta(seconds=ends - time.monotonic()), log.take)
                except TimeoutError as error:
                    log.show_last()
                    raise OutsideError(
                        f"the build did not end within {timeout}; give it more with spec.builder.timeout"
                        f"{_consoles(prepared, place)}",
                        reason=Reason.TIMED_OUT,
                    ) from error
                if code != 0:
                    log.show_last()
                    raise failure_of(place.ended / _ENDED, code, hidden, _consoles(prepared, place))
                if "commit" in phases:
                    made()
    report = _result(prepared, output)
    if report is None:
        raise BugError("the builder ended well and left no result")
    return Built(report, output / report.result.path, unchanged=False)


def _result(prepared: Prepared, output: Path) -> BuildReport | None:
    """What `output` knows of this very build, if its artifact is there."""
    known = output / "by-build" / f"{prepared.identities.build_hash}.json"
    if not known.exists():
        return None
    report = BuildReport.model_validate_json(known.read_bytes())
    file = output / report.result.path
    return report if file.exists() and file.stat().st_size == report.result.size else None


def _phases(prepared: Prepared) -> Iterator[BuildPhase]:
    skipped = {"boot"} if skipped_because(prepared.image.spec) else set()
    return (phase for phase in PHASES if phase not in skipped)


def _argv(root: Path, phases: Sequence[BuildPhase], place: Workplace, cache_limit: str) -> list[str]:
    view = shared(phases)
    limit = ("--cache-limit", cache_limit) if view.cache == "write" else ()
    inner = [*phases, "--request", "/request/build.yaml", *limit, "--termination-log", f"/ended/{_ENDED}"]
    return toolsroot.command(
        root,
        toolsroot.builder_argv(inner),
        place.binds(view),
        read_only=place.read_only(view),
        hidden=place.hidden(view),
    )


def _consoles(prepared: Prepared, place: Workplace) -> str:
    """Keep what the image wrote to its consoles though it is not published, and say where."""
    kept = keep_consoles(place.scratch, place.output, prepared.identities.build_hash)
    return f"; its console is in {', '.join(map(str, kept))}" if kept else ""


def failure_of(ended: Path, code: int, hidden: Sequence[str], consoles: str) -> AirshipError:
    """What the builder's exit code and its last words, in the file `ended`, come to."""
    failure = _last_words(ended)
    if failure is None:
        return _silent(code)
    message = redact(f"phase {failure.phase} failed: {failure.message}", hidden) + consoles
    reason = Reason(failure.reason)
    if code == InputError.exit_code:
        return BuildRejectedError(message, reason=reason)
    if code == OutsideError.exit_code:
        return OutsideError(f"{message}; the same command can be tried again", reason=reason)
    return BugError(message, reason=reason)


def _last_words(ended: Path) -> BuildFailure | None:
    """Why it failed; what an earlier phase said of its cache is still there after one that died without a word."""
    try:
        return BuildFailure.model_validate_json(ended.read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def _silent(code: int) -> AirshipError:
    """The builder gave no reason: it was killed, or could not write it."""
    if code in _KILLED:
        message = (
            "the builder was killed, perhaps because this machine's memory ran out; the same command can be tried again"
        )
        return OutsideError(message)
    message = f"the builder ended with code {code} and gave no reason; its last lines are above"
    return OutsideError(message) if code == OutsideError.exit_code else BugError(message)
