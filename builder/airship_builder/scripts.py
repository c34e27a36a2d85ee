"""How do users' scripts run in the image's root filesystem, and what is said when one fails?"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from airship_builder.foreign import SEARCH_PATH, run_foreign
from airship_builder.inputs import UserScript
from airship_builder.job import Job
from airship_builder.run import ToolError
from airship_builder.unpacked import make_folder, parent, write
from airship_images.api.durations import duration
from airship_images.api.errors import InputError, OutsideError
from airship_images.api.reasons import Reason

FOLDER: Final = "/run/airship-images"
"""Where scripts lie in the image's root filesystem while they run; nothing of /run gets into the image."""

_ENVIRONMENT: Final = {
    "PATH": SEARCH_PATH,
    "HOME": "/root",
    "LANG": "C.UTF-8",
    "TMPDIR": "/tmp",  # noqa: S108  (the image's)
    "DEBIAN_FRONTEND": "noninteractive",
}


def write_scripts(scripts: Sequence[UserScript], tree: Path) -> None:
    """Lay them all out before the first one runs: afterwards nobody knows where a path of `tree` leads."""
    make_folder(tree, FOLDER)
    with parent(tree, f"{FOLDER}/x") as (folder, _):
        for script in scripts:
            write(folder, script.name, script.file_content.encode(), mode=0o700)


def run_scripts(job: Job, scripts: Sequence[UserScript], tree: Path, epoch: int) -> None:
    """Run them one after the other, each to its end.

    Raises InputError with the last lines of a script that fails, OutsideError for one that takes too long.
    """
    for number, script in enumerate(scripts):
        job.report(20 + 20 * number // len(scripts), "scripts", f"running the script {script.name}")
        seconds = duration(script.timeout).total_seconds()
        environment = {**_ENVIRONMENT, "SOURCE_DATE_EPOCH": str(epoch)}
        try:
            run_foreign(f"{FOLDER}/{script.name}", root=tree, seconds=seconds, env=environment)
        except ToolError as error:
            raise _explained(script.name, error) from error


def _explained(name: str, error: ToolError) -> Exception:
    path = f"system.user_scripts[{name}]"
    if error.code is None:  # no memory, no room, no time
        return OutsideError(f"{path}: {error.message}", reason=error.reason)
    lines = " | ".join(line.strip() for line in error.lines[-3:] if line.strip()) or "it said nothing"
    return InputError(path, f"exit code {error.code} ({lines})", "exit code 0", reason=Reason.SCRIPT_FAILED)
