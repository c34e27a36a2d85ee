"""A payload in any text of a profile is refused with its path, or reaches the image as these characters.

For every field that the models have, and every way to hide a payload in its value, the image is made twice: with a
harmless word and with the payload in its place. What comes out must differ in that word alone.
"""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from airship_builder.overlay import Owned
from airship_builder.tree import Change
from airship_images.api.errors import InputError
from airship_images.spec import Prepared
from airship_images.spec.tree import Data
from tests.unit.strings.making import Made, Refused, make, site
from tests.unit.strings.payloads import PAYLOADS, Field
from tests.unit.strings.planting import Place, known, places

IMAGE, SITE = site()
NAMED = {"name": "/etc/of-a-config-map", "content_from": {"configMapName": "texts", "key": "text"}}
BASE = {"base": {"url": "https://vendor.example/cloud.qcow2", "sha256": "0" * 64}}
VENDORS = SITE | {
    "software": BASE,
    "kernel": {name: SITE["kernel"][name] for name in ("modules", "sysctl")},
    "drivers": {},
    "storage": {},
    "system": {name: SITE["system"][name] for name in SITE["system"].keys() - {"roles", "user_scripts"}},
}
ALONE = {
    "software.base.url": VENDORS,
    "software.base.sha256": VENDORS,
    "system.files[].content_from.configMapName": SITE
    | {"system": SITE["system"] | {"files": [*SITE["system"]["files"], NAMED]}},
    "system.roles[].configMapName": SITE
    | {"system": SITE["system"] | {"roles": [{"name": "site", "configMapName": "role-site"}]}},
    "cloudInit.network_config": SITE
    | {"networking": {}, "cloudInit": SITE["cloudInit"] | {"network_config": "version: 2\n"}},
}
"""The example for fields that exclude another one of it, or name what must be there."""

PLACES = {place.path: place for place in places()}
MARK = "zq7x"


def example(place: Place) -> Data:
    return ALONE.get(place.path, SITE)


@pytest.mark.parametrize("path", PLACES)
def test_a_payload_is_refused_with_its_path_or_is_text(path: str, tmp_path: Path) -> None:
    place = PLACES[path]
    field = Field(IMAGE, example(place), place)
    for shape in field.shapes():
        harmless = field.ready(shape, MARK)
        for payload in field.taken(shape):
            assert isinstance(harmless, Prepared), f"{payload!r} is taken where a word is not: {shape}"
            assert place.has_effect, f"a field without effect takes {payload!r}"
            assert_the_same(harmless, field.ready(shape, payload), payload, tmp_path)


def assert_the_same(harmless: Prepared, hostile: Prepared | Refused, payload: str, folder: Path) -> None:
    """Both are refused by the builder, or what they make differs in the one word."""
    assert isinstance(hostile, Prepared)
    expected, got = (made(one, folder) for one in (harmless, hostile))
    assert (expected is None) == (got is None), payload
    if expected and got:
        wanted = expected.with_text(MARK, payload)
        assert got.files == wanted.files
        assert got.changes.keys() == wanted.changes.keys()
        assert [path for path, one in got.changes.items() if not same(one, wanted.changes[path], payload)] == []


def same(one: Owned, other: Owned, payload: str) -> bool:
    """Equal but for the quotation marks and backslashes that a template adds to a value which has none."""
    if one == other or set("\"'\\") & set(payload):
        return one == other
    return unquoted(one.change) == unquoted(other.change)


def unquoted(change: Change) -> Change:
    text = change.content
    return change if isinstance(text, Path) else replace(change, content=re.sub(rb"[\"'\\]", b"", text))


def made(prepared: Prepared, folder: Path) -> Made | None:
    """None where the builder refuses it, such as a unit without [Install] that is enabled."""
    try:
        return make(prepared, folder)
    except InputError:
        return None


def test_the_example_says_something_of_every_text_that_has_an_effect() -> None:
    """Else a payload there would be tried in an item that says nothing else: add the field to full/site.yaml."""
    silent = {path for path, place in PLACES.items() if place.has_effect and known(example(place), place) is None}
    assert silent == {
        "software.omit_packages",  # has done its work when profiles are composed
        "system.user_management[].password",  # is refused whatever it says
    }


def test_a_text_without_a_form_takes_every_payload() -> None:
    """So the test above does look at what becomes of them."""
    field = Field(IMAGE, SITE, PLACES["system.banners.motd"])
    assert field.taken("%s") == ["-".join(PAYLOADS.values())]
