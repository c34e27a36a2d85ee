"""Which links make systemd start a unit? What `systemctl enable` would make, computed from the unit's [Install]."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from airship_builder.base import Unit
from airship_images.api.errors import InputError

FOLDER: Final = "/etc/systemd/system"
_NAME: Final = re.compile(
    r"[A-Za-z0-9:_.\\@-]{1,240}\.(service|socket|timer|path|mount|automount|swap|target|slice|device|scope)"
)
_BLANKS: Final = " \t\r"  # what systemd takes for blanks; Python's own list is longer
_PULLS: Final = {"WantedBy": "wants", "RequiredBy": "requires", "UpheldBy": "upholds"}


def check_name(name: str) -> None:
    """Raise InputError unless `name` is the name of a unit."""
    if not _NAME.fullmatch(name):
        raise InputError("systemd.name", repr(name), "the name of a unit, such as nginx.service")


def enable(name: str, units: Mapping[str, Unit]) -> dict[str, str]:
    """The links (path → target) that enable the unit `name` of `units`, and the units of its Also=."""
    links: dict[str, str] = {}
    todo, seen = [name], set[str]()
    while todo:
        one = todo.pop()
        if one in seen:
            continue
        seen.add(one)
        unit = _find(one, units)
        install = _install_section(unit.text)
        if not install:
            raise InputError(
                f"systemd[{one}].enabled", "true for a unit without [Install]", "a unit that can be enabled"
            )
        links |= _links(one, unit.path, install)
        todo += install.get("Also", [])
    return links


def disable(name: str, paths: Iterable[str], units: Mapping[str, Unit]) -> list[str]:
    """Those of `paths` that are links by which the unit `name` is enabled."""
    aliases = _install_section(_find(name, units).text).get("Alias", [])
    ends = {f"{FOLDER}/{alias}" for alias in aliases}
    pulled = re.compile(rf"{FOLDER}/[^/]+\.({'|'.join(_PULLS.values())})/{re.escape(name)}")
    return [path for path in paths if path in ends or pulled.fullmatch(path)]


def _find(name: str, units: Mapping[str, Unit]) -> Unit:
    check_name(name)
    template = re.sub(r"@.*\.", "@.", name)
    unit = units.get(name) or units.get(template)
    if unit is None:
        raise InputError(f"systemd[{name}]", "no such unit", "a unit of the image's packages, or its file_content")
    return unit


def _links(name: str, path: str, install: Mapping[str, list[str]]) -> dict[str, str]:
    links = {f"{FOLDER}/{alias}": path for alias in install.get("Alias", [])}
    for key, suffix in _PULLS.items():
        for puller in install.get(key, []):
            links[f"{FOLDER}/{_expand(puller, name)}.{suffix}/{name}"] = path
    return links


def _expand(text: str, name: str) -> str:
    """The specifiers of systemd.unit(5) that depend on the name alone."""
    stem = name.rsplit(".", 1)[0]
    prefix, _, instance = stem.partition("@")
    for specifier, value in {"%i": instance, "%p": prefix, "%n": name, "%N": stem}.items():
        text = text.replace(specifier, value)
    if "%" in text:
        raise InputError(f"systemd[{name}]", f"the specifier in {text!r}", "%i, %p, %n or %N in [Install]")
    return text


def _install_section(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    section = ""
    for line in text.replace("\\\n", " ").split("\n"):
        stripped = line.strip(_BLANKS)
        if stripped.startswith("["):
            section = stripped
        elif section == "[Install]" and "=" in stripped and not stripped.startswith(("#", ";")):
            key, _, value = stripped.partition("=")
            found.setdefault(key.strip(_BLANKS), []).extend(re.findall(rf"[^{_BLANKS}]+", value))
    return found
