"""How is data written as YAML?"""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from airship_images.spec.dump import dump, dump_all

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=20))


def test_a_value_that_appears_twice_is_written_twice() -> None:
    twice = ["x"]
    assert "&" not in dump({"a": twice, "b": twice})


def test_long_lines_are_not_folded() -> None:
    assert dump({"a": "word " * 1000}).count("\n") == 1


@pytest.mark.parametrize(
    "text", ["1e5", "12e+3", "1E400", "089", "08.5", "0o17", "0O17", "0B1", "0X1F", "1_000", "+.5e1", "5.", "y", "N"]
)
def test_text_that_go_takes_for_something_else_is_quoted(text: str) -> None:
    """kubectl and kustomize read by other rules than PyYAML: what is plain to one is a number to the other."""
    assert dump({"a": text}) == f"a: '{text}'\n"
    assert dump({text: "a"}) == f"'{text}': a\n"


@pytest.mark.parametrize("text", ["10.0.0.1", "12M", "never", "0xyz", "1.2.3", "12e", "abc123", "yes-man"])
def test_other_text_is_written_as_it_is(text: str) -> None:
    assert dump({"a": text}) == f"a: {text}\n"


def test_numbers_are_numbers() -> None:
    assert dump([5, -1, 0.5, 1e20, True, None]) == "- 5\n- -1\n- 0.5\n- 1.0e+20\n- true\n- null\n"


@given(st.dictionaries(st.text(max_size=8), st.lists(SCALARS, max_size=4), max_size=4))
def test_what_is_written_reads_as_what_it_was(data: dict[str, list[object]]) -> None:
    assert yaml.safe_load(dump(data)) == data
    assert list(yaml.safe_load_all(dump_all([data, data]))) == [data, data]
