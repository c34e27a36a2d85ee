"""Hypothesis strategies for what profiles may say, small enough that profiles meet each other's items."""

from typing import Any

from hypothesis import strategies as st

Areas = dict[str, Any]

NAMES = st.sampled_from(["alpha", "beta", "gamma", "delta"])
TEXTS = st.sampled_from(["", "0", "1", "x y"])
SECRETS = st.fixed_dictionaries({"secretName": NAMES, "key": NAMES})
ARGUMENTS = st.lists(st.fixed_dictionaries({"name": NAMES}, optional={"value": TEXTS}), max_size=3)


def named(optional: dict[str, st.SearchStrategy[Any]], prefix: str = "") -> st.SearchStrategy[list[Areas]]:
    item = st.fixed_dictionaries({"name": NAMES.map(lambda name: prefix + name)}, optional=optional)
    return st.lists(item, max_size=3, unique_by=lambda one: str(one["name"]))


def one_content(item: Areas) -> Areas:
    return {key: value for key, value in item.items() if key != "content_from" or "file_content" not in item}


FILES = named({"file_content": TEXTS, "content_from": SECRETS, "owner": NAMES, "permissions": st.just("0600")}, "/")
FREE = st.dictionaries(NAMES, TEXTS, max_size=2)
"""A variable that is a map in every profile: a text between two maps ends the first one, which no neighbours show."""

UNIQUE_NAMES = st.lists(NAMES, max_size=3, unique=True)


def area(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Areas]:
    return st.fixed_dictionaries({}, optional=fields)


PROFILES: st.SearchStrategy[Areas] = area(
    software=area(packages=UNIQUE_NAMES, suite=st.sampled_from(["bookworm", "trixie"])),
    kernel=area(
        kernel_base_pkg=NAMES,
        modules=area(load=named({"args": ARGUMENTS}), blacklist=named({})),
        sysctl=named({"value": TEXTS}),
        grub=area(GRUB_TIMEOUT=st.integers(0, 3), GRUB_CMDLINE_LINUX_DEFAULT=ARGUMENTS),
        grub_cmdline_linux_default_append=ARGUMENTS,
    ),
    drivers=area(packages=UNIQUE_NAMES),
    storage=area(qcow_capacity=st.sampled_from(["4G", "8G"])),
    system=area(
        files=FILES.map(lambda items: [one_content(item) for item in items]),
        user_management=named({"groups": UNIQUE_NAMES, "sudo": st.booleans()}),
        banners=area(motd=TEXTS, login=TEXTS),
    ),
    extraVars=area(alpha=TEXTS, beta=TEXTS, gamma=FREE, delta=FREE),
)
"""Profiles without omissions, which are about other profiles."""
