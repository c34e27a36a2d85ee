"""airship-images: from a command line to an exit code.

0 done, 2 the input is wrong, 3 the outside world failed, 1 a bug, 128 + N ended by signal N.
"""

import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated

import typer

from airship_images.api.errors import AirshipError
from airship_images.cli import (
    approve,
    boot,
    build,
    catalogue,
    console,
    crds,
    explain,
    hosts,
    pause,
    plan,
    rebuild,
    render,
    signals,
    validate,
)

app = typer.Typer(
    name="airship-images",
    epilog="Example: kubectl kustomize site/ | airship-images build - --image worker --output output",
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(epilog=validate.EXAMPLE)(validate.validate)
app.command(epilog=explain.EXAMPLE)(explain.explain)
app.command(epilog=render.EXAMPLE)(render.render)
app.command(epilog=plan.EXAMPLE)(plan.plan)
app.command(epilog=build.EXAMPLE)(build.build)
app.command(epilog=boot.EXAMPLE)(boot.boot)
app.command(epilog=catalogue.EXAMPLE)(catalogue.catalogue)
app.command(epilog=rebuild.EXAMPLE)(rebuild.rebuild)
app.command(epilog=hosts.EXAMPLE)(hosts.hosts)
app.command(epilog=approve.EXAMPLE)(approve.approve)
app.command(epilog=pause.PAUSE_EXAMPLE)(pause.pause)
app.command(epilog=pause.RESUME_EXAMPLE)(pause.resume)
app.command(epilog=crds.EXAMPLE)(crds.crds)


def _print_version(asked: bool) -> None:
    if asked:
        console.OUT.print(f"airship-images {version('airship-images')}")
        raise typer.Exit


@app.callback(no_args_is_help=True)
def _airship_images(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Describe bare-metal nodes, build their operating system images, and boot them."""


def run(arguments: Sequence[str]) -> int:
    """Do what `arguments` ask and give the exit code above."""
    try:
        app(args=list(arguments), prog_name="airship-images")
        return 0
    except SystemExit as ended:
        return int(ended.code or 0)
    except AirshipError as problem:
        console.error(problem)
        return problem.exit_code
    except signals.Interrupted as interrupted:
        console.ERR.print("interrupted: everything that was started is ended")
        return interrupted.exit_code


def main() -> None:
    """Run the command line of this process and end it."""
    signals.raise_on_signals()
    sys.exit(run(sys.argv[1:]))
