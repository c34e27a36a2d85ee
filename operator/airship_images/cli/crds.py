"""airship-images crds: the CustomResourceDefinitions that a cluster needs."""

from pathlib import Path
from typing import Annotated, Final, Literal

import typer
import yaml

from airship_images.api.crd import manifests
from airship_images.cli import console
from airship_images.cli.console import OUT, Format
from airship_images.cli.files import write_files

EXAMPLE: Final = "Example: airship-images crds | kubectl apply --server-side -f -"


def crds(
    output: Annotated[
        Path | None, typer.Option("--output", metavar="DIR", help="Write files to DIR instead.", file_okay=False)
    ] = None,
    form: Annotated[Literal["yaml", "json"], typer.Option("-o", help="The format of standard output.")] = "yaml",
) -> None:
    """Print the CustomResourceDefinitions of NodeProfile and AirshipImage, or write each to a YAML file of DIR."""
    files = manifests()
    if output is not None:
        write_files(files, output)
        for name in files:
            OUT.print(str(output / name))
    elif form == "json":
        definitions = [yaml.safe_load(text) for text in files.values()]
        console.document({"apiVersion": "v1", "kind": "List", "items": definitions}, Format.JSON)
    else:
        OUT.file.write("---\n".join(files.values()))
