"""May this artifact leave the store? `airship_builder prune-output DIGEST…`: each is looked at again, then removed.

Whoever asked knew what refers to an artifact; what is looked at here is what only the store knows: that it is a folder
of ours, of this image, of the content that its name promises, and not published once more since it was withdrawn.
"""

import argparse
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from airship_builder.cache import discard, sync
from airship_builder.digest import file_digest
from airship_builder.failure import classify
from airship_builder.last_words import fail, terminate
from airship_builder.prune import sweep_store
from airship_builder.run import log
from airship_builder.store import BY_BUILD, BY_SPEC, alone_in
from airship_images.api.build import BuildReport, Refusal, Removal, Sha256

PHASE: Final = "prune-output"
_SHA256: Final[TypeAdapter[str]] = TypeAdapter(Sha256)


def add_prune_output(parser: argparse.ArgumentParser) -> None:
    """The arguments of prune-output."""
    parser.add_argument("digests", nargs="+", type=_digest, metavar="DIGEST", help="64 hex digits, the folder's name")
    parser.add_argument("--image", required=True, metavar="NAME", help="the AirshipImage that they were published for")
    parser.add_argument("--before", required=True, type=_moment, metavar="TIME", help="what is published later stays")
    parser.add_argument("--output", type=Path, default=Path("/output"))
    parser.add_argument("--termination-log", type=Path, default=Path("/dev/termination-log"))


def prune_output(arguments: argparse.Namespace) -> int:
    """Remove what may be removed, say exactly what came of each digest, and give the exit code."""
    try:
        found = remove(arguments.output, arguments.image, arguments.digests, arguments.before)
    except Exception as error:  # noqa: BLE001  (as of a build: every failure becomes a result)
        return fail(classify(error, {"output": arguments.output}), PHASE, arguments.termination_log)
    terminate(arguments.termination_log, found.model_dump_json(by_alias=True))
    return 0


def remove(output: Path, image: str, digests: Sequence[str], before: datetime) -> Removal:
    """What was removed, or was gone already, and what stays and why. Killed anywhere, it can be done again."""
    removed: list[str] = []
    refused: dict[str, Refusal] = {}
    sweep_store(output)
    for digest in dict.fromkeys(digests):
        with alone_in(output):  # nobody publishes it meanwhile
            why = _objection(output, image, digest, before)
            if why is None:
                _remove(output, digest)
                removed.append(digest)
            else:
                refused[digest] = why
        log(f"{digest}: {why or 'removed'}")
    return Removal(removed=tuple(removed), refused=refused)


def _objection(output: Path, image: str, digest: str, before: datetime) -> Refusal | None:
    folder = output / digest
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        return "NotAFolder"
    records = list(_records(output, digest))
    if any(report.name != image for _, report in records):
        return "OtherImage"
    if any(path.stat().st_mtime > before.timestamp() for path, _ in records):
        return "PublishedAgain"
    if not folder.exists():
        return None
    if not records:
        return "Unknown"
    return None if all(_holds(output, digest, report) for _, report in records) else "OtherContent"


def _holds(output: Path, digest: str, report: BuildReport) -> bool:
    """Is the file that was published there, and is it what the folder's name promises?"""
    file = output / report.result.path
    is_plain = file.parent == output / digest and file.is_file() and not file.is_symlink()
    return is_plain and file_digest(file) == digest


def _records(output: Path, digest: str) -> Iterator[tuple[Path, BuildReport]]:
    """The builds that published it. A record that nobody can read belongs to none."""
    for path in sorted((output / BY_BUILD).glob("[0-9a-f]*.json")):
        try:
            report = BuildReport.model_validate_json(path.read_bytes())
        except ValidationError as error:
            log(f"{path.name} is no record of a build: {error.errors()[0]['msg']}")
            continue
        if report.result.digest == digest:
            yield path, report


def _remove(output: Path, digest: str) -> None:
    """First the artifact, by one rename, so that no URL ever gives half of it; then what tells of it."""
    records = list(_records(output, digest))
    if (output / digest).exists():
        discard(output / digest)
        sync(output)
    for path, report in records:
        for spec in output.glob(f"{BY_SPEC}/{report.spec_hash}.json"):
            if BuildReport.model_validate_json(spec.read_bytes()).result.digest == digest:
                spec.unlink()
        for console in output.glob(f"{BY_BUILD}/{report.build_hash}-*.log"):
            console.unlink()
        path.unlink()


def _digest(text: str) -> str:
    try:
        return _SHA256.validate_python(text)
    except ValidationError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not 64 hex digits") from error


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} has no time zone")
    return moment
