"""airship-images build: the image of PATH, on this machine, without a cluster."""

from typing import Annotated, Final

import typer
from pydantic import JsonValue

from airship_images.api.airshipimage import AirshipImageSpec
from airship_images.api.errors import InputError
from airship_images.api.quantity import CACHE_LIMIT
from airship_images.cli import console, local_build
from airship_images.cli.console import OUT, Format
from airship_images.cli.local_build import Built
from airship_images.cli.options import (
    DEFAULT_CACHE,
    CacheLimitOption,
    CacheOption,
    FormatOption,
    ImageOption,
    OutputOption,
    PathArgument,
)
from airship_images.cli.progress import display
from airship_images.cli.site import Site
from airship_images.cli.timeout import timeout
from airship_images.spec.airship_v1 import is_v1
from airship_images.spec.verification import skipped_because

EXAMPLE: Final = "Example: airship-images build examples --image worker --output output"


def build(
    path: PathArgument,
    *,
    output: OutputOption,
    image: ImageOption = None,
    cache: CacheOption = DEFAULT_CACHE,
    cache_limit: CacheLimitOption = CACHE_LIMIT,
    form: FormatOption = Format.TEXT,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show the builder's log as it runs.")] = False,
) -> None:
    """Build the image of PATH on this machine, boot it to see that it works, and write DIR/SHA256/FILE.

    Needs root and no cluster. Values of Secrets come from the Secret documents in PATH; the builder alone sees them.
    """
    site = Site.read([path])
    prepared = site.prepare(site.image(image))
    if is_v1(prepared.image):
        raise InputError("spec.builder.engine", "airship-v1", "native: an upstream builder runs in a cluster alone")
    values = site.secrets_of(prepared.image)
    with display() as shown:
        built = local_build.build(
            prepared,
            values,
            cache=cache.expanduser(),
            cache_limit=cache_limit,
            output=output,
            timeout=timeout(prepared.image),
            display=shown,
            verbose=verbose,
        )
    if form is Format.TEXT:
        _tell(built, prepared.image.spec)
    else:
        console.document(_document(built), form)


def _tell(built: Built, spec: AirshipImageSpec) -> None:
    report = built.report
    OUT.print(str(built.file), style="bold")
    for name, value in (
        ("sha256", report.result.digest),
        ("size", f"{_mebibytes(report.result.size)}, as a disk {_mebibytes(report.result.virtual_size)}"),
        ("booted", ", ".join(report.verified) or f"not tested ({skipped_because(spec)})"),
        ("build", f"{report.build_hash[:10]}{', unchanged since it was built' if built.unchanged else ''}"),
        ("seconds", ", ".join(f"{phase} {seconds:.1f}" for phase, seconds in report.seconds.items())),
        ("secrets", "the image holds values of Secrets: publish it with care" if report.contains_secrets else "none"),
    ):
        OUT.print(f"  {name:<8} {value}")


def _document(built: Built) -> JsonValue:
    report: dict[str, JsonValue] = built.report.model_dump(mode="json", by_alias=True)
    return {"file": str(built.file), "unchanged": built.unchanged, **report}


def _mebibytes(size: int) -> str:
    return f"{size / (1 << 20):,.0f} MiB"
