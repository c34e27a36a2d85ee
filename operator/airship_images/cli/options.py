"""The arguments and options that several commands share, each with one meaning everywhere."""

from pathlib import Path
from typing import Annotated, Final

import typer

from airship_images.api.quantity import byte_size
from airship_images.cli.console import Format

PathArgument = Annotated[str, typer.Argument(metavar="PATH", help="A YAML file, a folder, or - for standard input.")]

ImageOption = Annotated[
    str | None,
    typer.Option("--image", metavar="[NAMESPACE/]NAME", help="The AirshipImage; needed where PATH holds several."),
]

ClusterImageArgument = Annotated[str, typer.Argument(metavar="[NAMESPACE/]IMAGE", help="The AirshipImage.")]

OutputOption = Annotated[Path, typer.Option("--output", metavar="DIR", help="The folder to write to.", file_okay=False)]

FormatOption = Annotated[Format, typer.Option("-o", help="The format of standard output.")]

CacheOption = Annotated[
    Path,
    typer.Option(
        "--cache",
        metavar="DIR",
        envvar="AIRSHIP_IMAGES_CACHE",
        help="What is slow to make is kept here.",
        file_okay=False,
        show_default="~/.cache/airship-images",
    ),
]


def _size(text: str) -> str:
    try:
        byte_size(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    return text


CacheLimitOption = Annotated[
    str,
    typer.Option(
        "--cache-limit",
        metavar="SIZE",
        envvar="AIRSHIP_IMAGES_CACHE_LIMIT",
        help="What was used longest ago leaves the cache above it.",
        callback=_size,
    ),
]
KubeconfigOption = Annotated[
    Path,
    typer.Option(
        "--kubeconfig",
        metavar="FILE",
        envvar="KUBECONFIG",
        help="The cluster, as kubectl finds it.",
        dir_okay=False,
        show_default="~/.kube/config",
    ),
]
DEFAULT_KUBECONFIG: Final = Path("~/.kube/config")
DEFAULT_CACHE: Final = Path("~/.cache/airship-images")
