"""`python -m tests.bench.chart < FIGURES`: the part of docs/benchmarks.md on thousands of images, of the JSON lines of
`tests.bench.scale`; other lines are left out.
"""

import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

COLUMNS: Final[Mapping[str, str]] = {
    "start_seconds": "`start`, s",
    "start_cpu_seconds": "its processor time, s",
    "rss_mib": "resident, MiB",
    "fanout_seconds": "`fanout`, s",
    "fanout_cpu_seconds": "its processor time, s",
    "rss_after_fanout_mib": "resident after it, MiB",
}
CHARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "Seconds of the operator's processor, by images": ("start_cpu_seconds", "fanout_cpu_seconds"),
    "Resident memory in MiB, by images": ("rss_mib",),
}
_NAME: Final = re.compile(r"(start|fanout|rss)(\d+)_(\w+)")

Figures = Mapping[int, Mapping[str, float]]
"""By number of images and name."""


def read(lines: Iterable[str]) -> Figures:
    """The figures that were measured at some number of images."""
    found: dict[int, dict[str, float]] = defaultdict(dict)
    for line in lines:
        if line.startswith("{"):
            figure = json.loads(line)
            if (name := _NAME.fullmatch(figure["name"])) is not None:
                found[int(name[2])][f"{name[1]}_{name[3]}"] = figure["value"]
    return dict(sorted(found.items()))


def table(figures: Figures) -> str:
    """A row for each number of images."""
    rows = [["images", *COLUMNS.values()], ["---"] * (len(COLUMNS) + 1)]
    rows += [[f"{size:,}", *(f"{values[name]:.1f}" for name in COLUMNS)] for size, values in figures.items()]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def chart(title: str, names: Iterable[str], figures: Figures) -> str:
    """A chart that GitHub draws: the numbers of images are its axis, so a straight line is linear growth."""
    top = max(figures[size][name] for size in figures for name in names)
    axis = f"{min(figures)} --> {max(figures)}"
    lines = [f"    line [{', '.join(f'{y:.1f}' for y in _even(figures, name))}]" for name in names]
    head = [
        "```mermaid",
        "xychart-beta",
        f'    title "{title}"',
        f"    x-axis {axis}",
        f"    y-axis 0 --> {top * 1.1:.0f}",
    ]
    return "\n".join([*head, *lines, "```"])


def _even(figures: Figures, name: str) -> list[float]:
    """Values at even steps between the first and the last number of images, each on the line between its neighbours."""
    sizes = list(figures)
    step = sizes[0]
    return [_between(figures, name, at) for at in range(step, sizes[-1] + 1, step)]


def _between(figures: Figures, name: str, at: int) -> float:
    below = max(size for size in figures if size <= at)
    above = min(size for size in figures if size >= at)
    low, high = figures[below][name], figures[above][name]
    return low if below == above else low + (high - low) * (at - below) / (above - below)


def main() -> None:
    """Read from standard input, write to standard output."""
    figures = read(sys.stdin)
    print(table(figures))
    for title, names in CHARTS.items():
        print("\n" + chart(title, names, figures))


if __name__ == "__main__":
    main()
