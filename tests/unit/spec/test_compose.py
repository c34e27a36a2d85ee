from typing import Any

import pytest

from tests.unit.spec.nodes import composed


def sysctl(*items: dict[str, Any]) -> dict[str, Any]:
    return {"kernel": {"sysctl": list(items)}}


def files(*items: dict[str, Any]) -> dict[str, Any]:
    return {"system": {"files": list(items)}}


def packages(*names: str) -> dict[str, Any]:
    return {"software": {"packages": list(names)}}


SECRET = {"secretName": "s", "key": "k"}

MERGED: dict[str, tuple[tuple[dict[str, Any], ...], dict[str, Any]]] = {
    "a later scalar wins": (
        ({"software": {"suite": "bookworm"}}, {"software": {"suite": "trixie"}}),
        {"software": {"suite": "trixie"}},
    ),
    "unset is no opinion": (
        ({"software": {"suite": "bookworm"}}, {"software": {}}, {}),
        {"software": {"suite": "bookworm"}},
    ),
    "areas merge field by field": (
        ({"storage": {"qcow_capacity": "4G"}}, {"kernel": {"grub": {"GRUB_TIMEOUT": 3}}}),
        {"storage": {"qcow_capacity": "4G"}, "kernel": {"grub": {"GRUB_TIMEOUT": 3}}},
    ),
    "zero, false and the empty text are values": (
        (
            {"kernel": {"grub": {"GRUB_TIMEOUT": 5}}, "system": {"banners": {"motd": "hello"}}},
            {"kernel": {"grub": {"GRUB_TIMEOUT": 0}}, "system": {"banners": {"motd": ""}}},
        ),
        {"kernel": {"grub": {"GRUB_TIMEOUT": 0}}, "system": {"banners": {"motd": ""}}},
    ),
    "items of one name merge field by field and keep the first position": (
        (
            files({"name": "/a", "owner": "root", "permissions": "0600"}, {"name": "/b"}),
            files({"name": "/c"}, {"name": "/a", "permissions": "0644"}),
        ),
        files({"name": "/a", "owner": "root", "permissions": "0644"}, {"name": "/b"}, {"name": "/c"}),
    ),
    "an item may be spread over profiles": (
        (sysctl({"name": "vm.swappiness"}), sysctl({"name": "vm.swappiness", "value": "10"})),
        sysctl({"name": "vm.swappiness", "value": "10"}),
    ),
    "omit drops an inherited item": (
        (sysctl({"name": "a", "value": "1"}, {"name": "b", "value": "1"}), sysctl({"name": "a", "omit": True})),
        sysctl({"name": "b", "value": "1"}),
    ),
    "an omitted item that comes again starts anew, at the end": (
        (
            files({"name": "/a", "owner": "x"}, {"name": "/b"}),
            files({"name": "/a", "omit": True}),
            files({"name": "/a"}),
        ),
        files({"name": "/b"}, {"name": "/a"}),
    ),
    "omit: false is no omission and not rendered": (
        (sysctl({"name": "a", "value": "1"}), sysctl({"name": "a", "omit": False})),
        sysctl({"name": "a", "value": "1"}),
    ),
    "plain strings are a union in order of first mention": (
        (packages("bb", "aa"), packages("cc", "aa")),
        packages("bb", "aa", "cc"),
    ),
    "omit_packages takes from earlier profiles": (
        (packages("aa", "bb"), {"software": {"omit_packages": ["aa", "zz"]}}),
        packages("bb"),
    ),
    "what a profile omits and lists itself is there": (
        (packages("aa", "bb"), {"software": {"omit_packages": ["aa"], "packages": ["aa"]}}),
        packages("bb", "aa"),
    ),
    "a later profile brings an omitted package back": (
        (packages("aa"), {"software": {"omit_packages": ["aa"]}}, packages("aa")),
        packages("aa"),
    ),
    "a command line is replaced whole": (
        (
            {"kernel": {"grub": {"GRUB_CMDLINE_LINUX_DEFAULT": [{"name": "quiet"}]}}},
            {"kernel": {"grub": {"GRUB_CMDLINE_LINUX_DEFAULT": [{"name": "console", "value": "a"}] * 2}}},
        ),
        {"kernel": {"grub": {"GRUB_CMDLINE_LINUX_DEFAULT": [{"name": "console", "value": "a"}] * 2}}},
    ),
    "an empty command line is a value": (
        (
            {"kernel": {"grub": {"GRUB_CMDLINE_LINUX_DEFAULT": [{"name": "quiet"}]}}},
            {"kernel": {"grub": {"GRUB_CMDLINE_LINUX_DEFAULT": []}}},
        ),
        {"kernel": {"grub": {"GRUB_CMDLINE_LINUX_DEFAULT": []}}},
    ),
    "append lists concatenate and keep duplicates": (
        tuple({"kernel": {"grub_cmdline_linux_default_append": [{"name": name}]}} for name in ("x", "y", "x")),
        {"kernel": {"grub_cmdline_linux_default_append": [{"name": "x"}, {"name": "y"}, {"name": "x"}]}},
    ),
    "module arguments are atomic inside a merged item": (
        (
            {"kernel": {"modules": {"load": [{"name": "m", "args": [{"name": "a"}, {"name": "b"}]}]}}},
            {"kernel": {"modules": {"load": [{"name": "m", "args": [{"name": "c"}]}]}}},
        ),
        {"kernel": {"modules": {"load": [{"name": "m", "args": [{"name": "c"}]}]}}},
    ),
    "lists inside an item are replaced": (
        (
            {"system": {"user_management": [{"name": "ops", "groups": ["adm", "sudo"], "shell": "/bin/sh"}]}},
            {"system": {"user_management": [{"name": "ops", "groups": ["adm"]}]}},
        ),
        {"system": {"user_management": [{"name": "ops", "groups": ["adm"], "shell": "/bin/sh"}]}},
    ),
    "content_from clears file_content": (
        (files({"name": "/a", "file_content": "x", "owner": "o"}), files({"name": "/a", "content_from": SECRET})),
        files({"name": "/a", "owner": "o", "content_from": SECRET}),
    ),
    "file_content clears content_from": (
        (files({"name": "/a", "content_from": SECRET}), files({"name": "/a", "file_content": ""})),
        files({"name": "/a", "file_content": ""}),
    ),
    "free-form maps merge deeply and their lists are replaced": (
        ({"extraVars": {"a": {"b": 1, "c": [1, 2]}}}, {"extraVars": {"a": {"c": [3]}, "d": False}}),
        {"extraVars": {"a": {"b": 1, "c": [3]}, "d": False}},
    ),
    "empty lists of named items and of strings say nothing": (
        ({"software": {"packages": []}, "kernel": {"sysctl": []}}, {"drivers": {}}),
        {},
    ),
}


@pytest.mark.parametrize(("layers", "expected"), MERGED.values(), ids=MERGED)
def test_profiles_compose(layers: tuple[dict[str, Any], ...], expected: dict[str, Any]) -> None:
    data, _, wrong = composed(*layers)
    assert (data, wrong) == (expected, [])


def test_every_value_remembers_the_profile_that_set_it() -> None:
    _, origins, _ = composed(
        packages("aa")
        | sysctl({"name": "net.ipv4.ip_forward", "value": "0"})
        | {"storage": {"partitions": [{"mount": "/", "part_start": "1MiB", "part_end": "100%"}]}},
        packages("bb", "aa")
        | {
            "kernel": {
                "sysctl": [{"name": "net.ipv4.ip_forward", "value": "1"}],
                "grub_cmdline_linux_default_append": [{"name": "quiet"}],
            }
        },
    )
    assert origins == {
        "software.packages[aa]": "p0",
        "software.packages[bb]": "p1",
        "kernel.sysctl[net.ipv4.ip_forward].name": "p0",
        "kernel.sysctl[net.ipv4.ip_forward].value": "p1",
        "kernel.grub_cmdline_linux_default_append[0]": "p1",
        "storage.partitions": "p0",
    }


def test_omit_of_an_absent_item_is_an_error_of_the_profile_that_says_it() -> None:
    _, _, wrong = composed(sysctl({"name": "a", "value": "1"}), sysctl({"name": "b", "omit": True}))
    assert [finding.path for finding in wrong] == ["p1: spec.kernel.sysctl[b]"]


def test_omit_of_an_item_that_only_a_later_profile_sets_is_an_error() -> None:
    _, _, wrong = composed(sysctl({"name": "a", "omit": True}), sysctl({"name": "a", "value": "1"}))
    assert [finding.path for finding in wrong] == ["p0: spec.kernel.sysctl[a]"]


def test_composing_leaves_the_profiles_as_they_were() -> None:
    first = sysctl({"name": "a", "value": "1"})
    assert composed(first)[0] == composed(first)[0] == first
