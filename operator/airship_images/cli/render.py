"""airship-images render: what the builder is given, as files."""

from typing import Final

from airship_images.cli import console
from airship_images.cli.console import OUT, Format
from airship_images.cli.files import write_files
from airship_images.cli.hashes import hashes
from airship_images.cli.options import FormatOption, ImageOption, OutputOption, PathArgument
from airship_images.cli.site import Site

EXAMPLE: Final = "Example: airship-images render examples --image worker --output rendered"


def render(
    path: PathArgument, output: OutputOption, image: ImageOption = None, form: FormatOption = Format.TEXT
) -> None:
    """Write the inputs of the builder to DIR, byte for byte what the cluster's build Jobs read.

    No value of a Secret is in them.
    """
    site = Site.read([path])
    prepared = site.prepare(site.image(image))
    write_files(prepared.files, output)
    if form is Format.TEXT:
        for name in prepared.files:
            OUT.print(str(output / name))
    else:
        console.document(
            {
                "image": prepared.image.metadata.name,
                "folder": str(output),
                "files": list(prepared.files),
                "hashes": hashes(prepared.identities),
            },
            form,
        )
