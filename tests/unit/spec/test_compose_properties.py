from collections.abc import Iterator
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from tests.unit.spec.areas import PROFILES, Areas
from tests.unit.spec.nodes import composed

APPENDED = "grub_cmdline_linux_default_append"


def without_appended(areas: Areas) -> Areas:
    kernel = {name: value for name, value in areas.get("kernel", {}).items() if name != APPENDED}
    return areas | ({"kernel": kernel} if "kernel" in areas else {})


def scalars(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The values in maps; what lists hold is left out."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from scalars(part, (*path, name))
    elif not isinstance(value, list):
        yield path, value


def at(data: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        data = data[name]
    return data


@given(PROFILES, PROFILES, PROFILES)
def test_it_does_not_matter_which_neighbours_are_composed_first(first: Areas, second: Areas, third: Areas) -> None:
    left = composed(composed(first, second)[0], third)[0]
    assert left == composed(first, composed(second, third)[0])[0] == composed(first, second, third)[0]


@given(PROFILES.map(without_appended))
def test_a_profile_twice_is_the_profile_once(profile: Areas) -> None:
    assert composed(profile, profile)[0] == composed(profile)[0]


@given(PROFILES)
def test_a_profile_without_opinions_changes_nothing(profile: Areas) -> None:
    assert composed({}, profile, {"kernel": {}})[:2] == (composed(profile)[0], renamed(composed(profile)[1]))


def renamed(origins: dict[str, str]) -> dict[str, str]:
    return dict.fromkeys(origins, "p1")


@given(PROFILES, PROFILES)
def test_what_the_later_profile_sets_is_what_the_node_has(earlier: Areas, later: Areas) -> None:
    node = composed(earlier, later)[0]
    assume(not clash(earlier.get("extraVars", {}), later.get("extraVars", {})))
    for path, value in scalars(later):
        assert at(node, path) == value


def clash(one: Any, other: Any) -> bool:
    """A free-form key that is a map here and a value there."""
    if isinstance(one, dict) and isinstance(other, dict):
        return any(clash(one[name], other[name]) for name in one.keys() & other.keys())
    return isinstance(one, dict) != isinstance(other, dict)


@given(st.lists(PROFILES, max_size=4))
def test_every_value_has_the_origin_of_a_profile_that_says_it(layers: list[Areas]) -> None:
    data, origins, _ = composed(*layers)
    assert set(origins.values()) <= {f"p{index}" for index in range(len(layers))}
    typed = {area: content for area, content in data.items() if area != "extraVars"}
    assert {".".join(path) for path, _ in scalars(typed)} <= origins.keys()
    for path, origin in origins.items():
        alone = composed(layers[int(origin[1:])])[1]
        assert path in alone or APPENDED in path


@given(PROFILES, PROFILES)
def test_named_items_and_strings_keep_the_place_of_the_first_profile(first: Areas, second: Areas) -> None:
    names = [item["name"] for item in composed(first, second)[0].get("kernel", {}).get("sysctl", [])]
    mine = [item["name"] for item in first.get("kernel", {}).get("sysctl", [])]
    assert names[: len(mine)] == mine


@given(PROFILES, st.sampled_from(["alpha", "beta"]))
def test_omitting_an_item_leaves_no_trace_of_it(profile: Areas, name: str) -> None:
    omission = {"kernel": {"sysctl": [{"name": name, "omit": True}]}}
    there = any(item["name"] == name for item in profile.get("kernel", {}).get("sysctl", []))
    data, origins, wrong = composed(profile, omission)
    assert bool(wrong) is not there
    assert not [path for path in origins if path.startswith(f"kernel.sysctl[{name}]")]
    assert all(item["name"] != name for item in data.get("kernel", {}).get("sysctl", []))
