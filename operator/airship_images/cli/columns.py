"""How does a table look on standard output? As kubectl's: capitals above, three spaces between, nothing cut."""

from collections.abc import Sequence

from airship_images.cli.console import OUT, printable


def print_columns(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write the rows under their titles, each column as wide as its longest text."""
    lines = [tuple(titles), *(tuple(printable(text) for text in row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(titles))]
    for line in lines:
        OUT.print("   ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())
