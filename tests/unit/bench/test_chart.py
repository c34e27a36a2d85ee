"""How figures of thousands of images become a table and charts."""

import json

from tests.bench.chart import chart, read, table

NAMES = (
    "start{}_seconds",
    "start{}_cpu_seconds",
    "rss{}_mib",
    "fanout{}_seconds",
    "fanout{}_cpu_seconds",
    "rss{}_after_fanout_mib",
)
LINES = [
    json.dumps({"name": name.format(size), "value": size / 100, "unit": "s"}) for size in (500, 1500) for name in NAMES
]


def test_each_number_of_images_is_a_row() -> None:
    figures = read(["a word of the log", json.dumps({"name": "idle_writes", "value": 0, "unit": "writes"}), *LINES])
    assert table(figures).splitlines()[2:] == [f"| 500 {'| 5.0 ' * 6}|", f"| 1,500 {'| 15.0 ' * 6}|"]


def test_a_chart_has_even_steps_so_that_a_straight_line_is_linear_growth() -> None:
    drawn = chart("Memory", ["rss_mib"], read(LINES))
    assert "    x-axis 500 --> 1500" in drawn
    assert "    line [5.0, 10.0, 15.0]" in drawn
