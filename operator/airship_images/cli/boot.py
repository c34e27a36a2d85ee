"""airship-images boot: does this image come up, and what does it say?"""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from airship_builder import toolsroot
from airship_images.api.errors import OutsideError
from airship_images.api.reasons import Reason
from airship_images.cli import process
from airship_images.cli.options import DEFAULT_CACHE, CacheOption
from airship_images.cli.progress import display

EXAMPLE: Final = "Example: airship-images boot output/*/worker.qcow2 --firmware uefi"
_TIMEOUT: Final = timedelta(minutes=15)  # the builder's own limit is shorter and says more


def boot(
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="A disk image, or an ISO.")],
    firmware: Annotated[Literal["bios", "uefi"], typer.Option(help="The firmware of the virtual machine.")] = "bios",
    *,
    secure_boot: Annotated[
        bool, typer.Option("--secure-boot", help="UEFI with Microsoft's keys: it starts signed programs alone.")
    ] = False,
    enroll: Annotated[
        Path | None,
        typer.Option(
            metavar="CERTIFICATE",
            exists=True,
            dir_okay=False,
            help="With --secure-boot: its owner's certificate in PEM, such as that of drivers.module_signing.",
        ),
    ] = None,
    allow_failed: Annotated[
        list[str] | None, typer.Option(metavar="UNIT", help="A unit that may fail; repeat it for more.")
    ] = None,
    cache: CacheOption = DEFAULT_CACHE,
) -> None:
    """Boot FILE in a virtual machine, print its console, and end with 0 when it reaches its default target.

    An image that airship-images did not build is judged by what its serial console shows.
    FILE is not changed: what the machine writes goes to a layer that is thrown away.
    """
    with display() as shown:
        root = toolsroot.ensure(cache.expanduser(), shown.say)
    image, certificate = file.resolve(), enroll and enroll.resolve()
    folders = ({certificate.parent: "/certificate"} if certificate else {}) | {image.parent: "/image"}
    asked = [
        *("--firmware", "uefi" if secure_boot else firmware),
        *(["--secure-boot"] if secure_boot else []),
        *(["--enroll", f"{folders[certificate.parent]}/{certificate.name}"] if certificate else []),
        *(word for unit in allow_failed or () for word in ("--allow-failed", unit)),
    ]
    argv = toolsroot.builder_argv(["boot-file", f"/image/{image.name}", *asked])
    command = toolsroot.command(root, argv, folders, read_only=tuple(folders))
    try:
        code = process.attend(command, _TIMEOUT)
    except TimeoutError as error:
        raise OutsideError(f"the machine was still busy after {_TIMEOUT}", reason=Reason.TIMED_OUT) from error
    raise typer.Exit(code)
