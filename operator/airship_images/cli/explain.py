"""airship-images explain: each effective value of an image's node, and where it came from."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import JsonValue

from airship_images.cli import console
from airship_images.cli.console import OUT, Format, printable
from airship_images.cli.hashes import hashes
from airship_images.cli.options import FormatOption, ImageOption, PathArgument
from airship_images.cli.site import Site
from airship_images.spec import Prepared, Sourced

EXAMPLE: Final = "Example: airship-images explain examples --image worker"
_LONGEST: Final = 60  # characters of a value in the text; JSON and YAML have it whole


def explain(path: PathArgument, image: ImageOption = None, form: FormatOption = Format.TEXT) -> None:
    """Show each effective value of the node that an image of PATH composes, and the profile that it came from.

    The origin is NodeProfile/NAME, params (of the AirshipImage) or default. An image that is built elsewhere has no
    node: it is told where it is.
    """
    site = Site.read([path])
    found = site.inputs(site.image(image))
    if form is not Format.TEXT:
        console.document(_document(found), form)
    elif isinstance(found, Sourced):
        OUT.print(f"built elsewhere, so it has no node: {printable(found.source.url)}")
        OUT.print(f"SHA-256 {found.source.sha256}")
    else:
        _tell(found)


def _tell(prepared: Prepared) -> None:
    rows = [(path, _short(value), origin) for path, value, origin in _worth_telling(prepared.node.values)]
    widths = [max((len(row[column]) for row in rows), default=0) for column in (0, 1)]
    for path, value, origin in rows:
        OUT.print(f"{path:<{widths[0]}}  {value:<{widths[1]}}  ", end="")
        OUT.print(origin, style="cyan")
    OUT.print(f"build {prepared.identities.build_hash[:10]}, root filesystem {prepared.identities.rootfs_hash[:10]}")


def _worth_telling(values: Mapping[str, tuple[Any, str]]) -> Iterator[tuple[str, Any, str]]:
    """All values but the names of items that have more: the path of an item says its name already."""
    sizes = Counter(path.rpartition(".")[0] for path in values)
    for path, (value, origin) in values.items():
        item = path.removesuffix(".name")
        if item == path or not item.endswith(f"[{value}]") or sizes[item] == 1:
            yield path, value, origin


def _document(found: Prepared | Sourced) -> JsonValue:
    if isinstance(found, Sourced):
        source: JsonValue = {"url": found.source.url, "sha256": found.source.sha256}
        return {"image": found.image.metadata.name, "hashes": hashes(found.identities), "source": source, "values": []}
    return {
        "image": found.image.metadata.name,
        "hashes": hashes(found.identities),
        "values": [
            {"path": path, "value": value, "origin": origin} for path, (value, origin) in found.node.values.items()
        ],
    }


def _short(value: Any) -> str:
    text = printable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
