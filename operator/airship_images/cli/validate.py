"""airship-images validate: every mistake in the documents of PATH."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Annotated, Final

import typer
from pydantic import JsonValue

from airship_images.api.airshipimage import AirshipImage
from airship_images.api.errors import Finding, InputError, SpecError
from airship_images.cli import console, secrets
from airship_images.cli.console import OUT, Format, printable
from airship_images.cli.mistakes import Mistake, at
from airship_images.cli.options import FormatOption
from airship_images.cli.site import Site
from airship_images.spec import Prepared

EXAMPLE: Final = "Example: airship-images validate examples -o json"


def validate(
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH...", help="YAML files, folders, or - for standard input.")
    ],
    form: FormatOption = Format.TEXT,
) -> None:
    """Report every mistake in the documents of PATH, and in the nodes that its images compose.

    Ends with 0 when there is none and with 2 otherwise. Documents of other kinds are ignored.
    """
    site = Site.read(paths)
    broken = {key.name for key in site.places if key.kind == "NodeProfile" and key not in site.profiles}
    composable = {key: image for key, image in site.images.items() if broken.isdisjoint(image.spec.profile_names)}
    skipped = [str(key) for key in site.images if key not in composable]
    found = [*site.mistakes, *(mistake for image in composable.values() for mistake in _composition(site, image))]
    found = list(dict.fromkeys(found))  # images that share a profile share its mistakes
    if form is Format.TEXT:
        _tell(site, found, skipped)
    else:
        console.document(_document(site, found, skipped), form)
    if found:
        raise typer.Exit(InputError.exit_code)


def _composition(site: Site, image: AirshipImage) -> Iterator[Mistake]:
    """What is wrong with the node that `image` composes, and with the Secrets in PATH that it names."""
    try:
        inputs = site.inputs(image)
    except SpecError as error:
        yield from (_located(site, image, finding) for finding in error.findings)
        return
    known = site.secrets_of(image)
    for ref in inputs.secrets if isinstance(inputs, Prepared) else ():
        finding = secrets.missing(known, ref)
        if finding and ref.secret_name in known:  # a Secret that is not in PATH may be in the cluster
            yield _located(site, image, finding)


def _located(site: Site, image: AirshipImage, finding: Finding) -> Mistake:
    """`finding` in the document that its path starts with, or else in the image's."""
    name = finding.path.partition(": ")[0]
    return at(site.place(name, image), finding)


def _tell(site: Site, found: Sequence[Mistake], skipped: Sequence[str]) -> None:
    for place, group in groupby(found, key=lambda mistake: mistake.place):
        OUT.print(printable(str(place)), style="bold")
        for mistake in group:
            OUT.print(f"  {printable(str(mistake))} [{mistake.finding.reason}]")
    for name in skipped:
        OUT.print(f"{name}: not composed, because a profile of it is wrong; mend that first")
    count = len(found)
    verdict = f"{count} mistake{'s' if count > 1 else ''}" if count else "valid"
    OUT.print(f"{site.summary()}: {verdict}", style="bold red" if count else "bold green")


def _document(site: Site, found: Sequence[Mistake], skipped: Sequence[str]) -> JsonValue:
    return {
        "valid": not found,
        "read": dict(site.read_kinds()),
        "ignored": dict(site.ignored),
        "mistakes": [mistake.document() for mistake in found],
        "notComposed": list(skipped),
    }
