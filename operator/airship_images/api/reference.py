"""What may be written in each field? The reference tables of docs/: python -m airship_images.api.reference FOLDER."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from airship_images.api.airshipimage import AirshipImageSpec
from airship_images.api.shape import FieldShape, shape_of
from airship_images.api.table import Row, rows

BEGIN: Final = "<!-- made from the models by python -m airship_images.api.reference docs -->"
END: Final = "<!-- end of what is made -->"


def tables() -> Mapping[str, str]:
    """The generated part of each page by the name of its file."""
    image = shape_of(AirshipImageSpec)
    without_params: dict[str, FieldShape] = {name: field for name, field in image.items() if name != "params"}
    return {
        "nodeprofile.md": "\n".join(_by_area()),
        "airshipimage.md": "\n".join(_table(rows(without_params), ("Field", "Type", "What it is"))),
    }


def rewritten(page: str, table: str) -> str:
    """`page` with `table` between BEGIN and END; raises ValueError when it has no such place."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"expected a line {BEGIN} and a line {END}")
    return f"{before}{BEGIN}\n\n{table}\n\n{END}{after}"


def _by_area() -> Iterator[str]:
    areas: dict[str, list[Row]] = {}
    for row in rows():
        areas.setdefault(row.path.partition(".")[0], []).append(row)
    for area, (first, *inside) in areas.items():
        yield from (f"### {area}", "", f"{first.description}.", "")
        if inside:
            yield from _table(inside, ("Field", "Type", "Merges", "Phase", "What it is"))
            yield ""


def _table(wanted: Sequence[Row] | Iterator[Row], columns: tuple[str, ...]) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |"
    yield f"|{'---|' * len(columns)}"
    for row in wanted:
        effect = "" if row.supported else " *Not yet: refused.*"
        cells = {
            "Field": f"`{row.path}`",
            "Type": row.type,
            "Merges": str(row.merge),
            "Phase": str(row.phase),
            "What it is": f"{row.description}.{effect}",
        }
        yield f"| {' | '.join(cells[column].replace('|', chr(92) + '|') for column in columns)} |"


def main(arguments: Sequence[str]) -> None:
    """Rewrites the tables of the pages in the folder that is the one argument."""
    for name, table in tables().items():
        page = Path(arguments[0], name)
        page.write_text(rewritten(page.read_text(), table))


if __name__ == "__main__":
    main(sys.argv[1:])
