"""What does a container leave for Kubernetes when it ends? JSON of less than TERMINATION_LIMIT bytes, or nothing."""

from collections.abc import Sequence
from pathlib import Path

from airship_builder.failure import short
from airship_builder.run import log
from airship_images.api.build import BuildFailure, BuildPhase
from airship_images.api.errors import AirshipError, OutsideError
from airship_images.api.redaction import redact


def fail(error: AirshipError, phase: BuildPhase, path: Path, hidden: Sequence[str] = ()) -> int:
    """Say why `phase` failed, without what is `hidden`, and give the exit code."""
    failure = BuildFailure(
        phase=phase,
        reason=error.reason,
        message=short(redact(error.message, hidden)),
        retryable=error.exit_code == OutsideError.exit_code,
    )
    log(f"{phase} failed: {failure.message}")
    terminate(path, failure.model_dump_json(by_alias=True))
    return error.exit_code


def terminate(path: Path, message: str) -> None:
    """Leave the message, where there is a place for it."""
    if not path.parent.is_dir():
        return
    try:
        path.write_text(message)
    except OSError as error:  # a full disk may be what it tells of; the exit code and the log remain
        log(f"{path}: {error.strerror}")
