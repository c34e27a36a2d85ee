"""What the roles ask for together becomes one set of changes."""

from pathlib import Path

import pytest

from airship_builder.base import DIRECTORY, FILE, LINK, Base, Unit
from airship_builder.cache import Cache
from airship_builder.intents import File, Intent, UnitState
from airship_builder.overlay import Overlay
from airship_images.api.errors import InputError
from tests.unit.builder.test_accounts import BASE as ACCOUNTS

LIB = "/usr/lib/systemd/system"
ETC = "/etc/systemd/system"
WANTS = f"{ETC}/multi-user.target.wants"


def a_base(*units: str, **paths: str) -> Base:
    """A root filesystem with units that are wanted by multi-user.target and have the alias default.service."""
    text = "[Install]\nWantedBy=multi-user.target\nAlias=default.service\n"
    folders = dict.fromkeys(
        ["/etc", "/etc/systemd", ETC, WANTS, "/usr", "/usr/lib", "/usr/lib/systemd", LIB], DIRECTORY
    )
    return Base(
        paths={**folders, **{f"{LIB}/{name}": FILE for name in units}, **paths},
        accounts={**ACCOUNTS, "group": f"{ACCOUNTS['group']}shadow:x:42:\n"},
        units={name: Unit(path=f"{LIB}/{name}", text=text) for name in units},
        skeleton={},
        packages=(),
        kernel="6",
    )


def overlay(base: Base, *intents: Intent) -> Overlay:
    made = Overlay(base, 0, Path("/nowhere"), {}, Cache(Path("/nowhere")))
    made.collect(intents)
    return made


def links(made: Overlay) -> dict[str, str]:
    return {path: owned.change.target for path, owned in made.changes().items() if owned.change.kind == "link"}


def test_a_link_that_leads_to_another_unit_is_replaced_by_force_alone() -> None:
    base = a_base("new.service", **{f"{ETC}/default.service": f"{LINK}{LIB}/old.service"})
    with pytest.raises(InputError, match=r"systemd\[new.service\].enabled.*default.service.*force: true"):
        overlay(base, UnitState(name="new.service"))
    assert links(overlay(base, UnitState(name="new.service", force=True)))[f"{ETC}/default.service"] == (
        f"{LIB}/new.service"
    )


def test_a_link_to_the_same_unit_elsewhere_is_no_conflict() -> None:
    base = a_base("a.service", **{f"{WANTS}/a.service": f"{LINK}/lib/systemd/system/a.service"})
    file = File(path=f"{ETC}/a.service", text="[Install]\nWantedBy=multi-user.target\n")
    assert links(overlay(base, file, UnitState(name="a.service"))) == {f"{WANTS}/a.service": f"{ETC}/a.service"}


def test_two_units_that_want_one_alias_are_refused() -> None:
    with pytest.raises(InputError, match=r"default\.service"):
        overlay(a_base("a.service", "b.service"), UnitState(name="a.service"), UnitState(name="b.service"))


def test_the_last_word_on_a_unit_counts() -> None:
    on, off = UnitState(name="a.service"), UnitState(name="a.service", enabled=False)
    base = a_base("a.service", **{f"{WANTS}/a.service": f"{LINK}{LIB}/a.service"})
    assert (links(overlay(base, on, off)), overlay(base, on, off).removed) == ({}, [f"{WANTS}/a.service"])
    assert sorted(links(overlay(base, off, on))) == [f"{ETC}/default.service", f"{WANTS}/a.service"]
    assert overlay(base, off, on).removed == []
