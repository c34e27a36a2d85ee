"""Enabling a unit is making the links of its [Install] section."""

import pytest

from airship_builder.base import Unit
from airship_builder.units import disable, enable
from airship_images.api.errors import InputError

LIB = "/usr/lib/systemd/system"


def a_unit(name: str, install: str) -> dict[str, Unit]:
    return {name: Unit(path=f"{LIB}/{name}", text=f"[Unit]\nDescription=x\n[Install]\n{install}")}


def test_wanted_by_and_alias_become_links_to_the_unit() -> None:
    units = a_unit("a.service", "WantedBy=multi-user.target other.target\nAlias=b.service\n")
    assert enable("a.service", units) == {
        "/etc/systemd/system/multi-user.target.wants/a.service": f"{LIB}/a.service",
        "/etc/systemd/system/other.target.wants/a.service": f"{LIB}/a.service",
        "/etc/systemd/system/b.service": f"{LIB}/a.service",
    }


def test_also_enables_the_other_unit_and_two_that_name_each_other_end() -> None:
    units = a_unit("a.service", "Also=a.socket\n") | a_unit("a.socket", "RequiredBy=sockets.target\nAlso=a.service\n")
    assert list(enable("a.service", units)) == ["/etc/systemd/system/sockets.target.requires/a.socket"]


def test_an_instance_is_a_link_to_its_template() -> None:
    units = a_unit("getty@.service", "WantedBy=getty-%i.target\n")
    assert enable("getty@tty9.service", units) == {
        "/etc/systemd/system/getty-tty9.target.wants/getty@tty9.service": f"{LIB}/getty@.service"
    }


def test_disabling_takes_away_the_links_that_enable_it_alone() -> None:
    units = a_unit("a.service", "WantedBy=multi-user.target\nAlias=b.service\n")
    links = ["/etc/systemd/system/multi-user.target.wants/a.service", "/etc/systemd/system/b.service"]
    others = ["/etc/systemd/system/multi-user.target.wants/aa.service", "/etc/systemd/system/c.service"]
    assert disable("a.service", [*links, *others], units) == links


@pytest.mark.parametrize("name", ["none.service", "../x.service", "x", "a b.service"])
def test_a_unit_that_is_not_there_or_has_no_name_of_one_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="systemd"):
        enable(name, {})


def test_a_unit_without_install_cannot_be_enabled() -> None:
    with pytest.raises(InputError, match="Install"):
        enable("a.service", a_unit("a.service", ""))
