"""How do the chosen packages become a tree? By mmdebstrap, whose dpkg runs each package's scripts one after the other.

For some programs that the scripts call there are stand-ins, first in the scripts' PATH and in nobody else's: they spare
them what they would wait for in vain. mmdebstrap empties the folder where they are when it is done.
"""

import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from airship_builder import chosen, refusals
from airship_builder.bytecode import NotCompiledError, compiling
from airship_builder.job import Job
from airship_builder.run import MINUTE, ToolError, log, run

_SKIPPED: Final = "cleanup/apt,chroot/mount,output/dev"
_STAND_INS: Final = Path(__file__).with_name("standins")
_PLACE: Final = "run/standins"
"""Where the scripts find them."""
_PATH: Final = f"/{_PLACE}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def bootstrap(job: Job, suite: str) -> None:
    """Install the packages that were fetched into an empty tree.

    Raises InputError for a package whose script fails, OutsideError when something ended mmdebstrap.
    """
    environment = {"INITRD": "No", "SOURCE_DATE_EPOCH": str(job.noted("epoch"))}
    _clear(job.tree)  # of a run that died in the same scratch folder
    try:
        with compiling(job.tree, f"{_PLACE}/calls", environment):
            _install_with_stand_ins(job, suite, environment)
    except NotCompiledError as error:
        log(f"{error}: installing once more without stand-ins, so that the script of the package decides")
        _clear(job.tree)
        _install(job, suite, environment)


def _clear(tree: Path) -> None:
    shutil.rmtree(tree, ignore_errors=True)
    tree.parent.mkdir(parents=True, exist_ok=True)


def _install_with_stand_ins(job: Job, suite: str, environment: Mapping[str, str]) -> None:
    """No module that is imported before its turn compiles itself meanwhile."""
    bring = f'install -D -m 0755 -t "$1/{_PLACE}" {shlex.quote(str(_STAND_INS))}/* && : >"$1/{_PLACE}/calls"'
    options = (f"--setup-hook={bring}", f'--aptopt=DPkg::Path "{_PATH}"')
    _install(job, suite, {**environment, "PATH": _PATH, "PYTHONDONTWRITEBYTECODE": "1"}, *options)


def _install(job: Job, suite: str, environment: Mapping[str, str], *options: str) -> None:
    try:
        run(
            *("mmdebstrap", "--mode=root", "--variant=required", "--format=directory", f"--skip={_SKIPPED}"),
            *("--dpkgopt=force-unsafe-io", *options, f"--include={','.join(job.noted('wanted'))}"),
            *(suite, job.tree, chosen.source(job.scratch)),
            env=environment,
            timeout=30 * MINUTE,
            sync=False,
        )
    except ToolError as error:
        raise refusals.of_script(error) from error
