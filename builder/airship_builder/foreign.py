"""How does a program that is not ours run? Where it can change nothing of ours, for a time, and with nothing left."""

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from airship_builder import jail
from airship_builder.run import LAST_LINES, ToolError, run
from airship_images.api.reasons import Reason

SEARCH_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def run_foreign(*argv: str | Path, root: Path, seconds: float, env: Mapping[str, str]) -> None:
    """Run `argv` with the folder `root` as its root and with no other environment than `env`.

    Raises ToolError as `run` does, with its code, or with reason TimedOut when it was ended after `seconds`.
    """
    started = time.monotonic()
    try:
        run(
            *("env", "-i", *(f"{name}={value}" for name, value in env.items())),
            *(sys.executable, "-I", "-S", Path(jail.__file__), str(seconds), root, *argv),
            timeout=seconds + 2 * jail.PATIENCE,
            keep=LAST_LINES,
        )
    except ToolError as error:
        if error.code == jail.TOO_LATE and time.monotonic() - started >= seconds:
            outcome = f"did not end within {seconds:.0f} s"
            raise ToolError(Path(argv[0]).name, outcome, error.lines, reason=Reason.TIMED_OUT) from error
        raise
