"""Which ConfigMaps does a node refer to, and what of them becomes part of its inputs?"""

from collections.abc import Iterator
from typing import Final

from airship_images.api.areas.system import Role
from airship_images.api.build import ContentRef
from airship_images.api.configmap import Contents, Values
from airship_images.api.errors import Finding
from airship_images.api.nodeprofile import NodeProfileSpec
from airship_images.api.reasons import Reason
from airship_images.api.redaction import shows_secret
from airship_images.api.shape import walk
from airship_images.spec.node import EffectiveNode
from airship_images.spec.rules import Subject
from airship_images.spec.tree import NODE

_NAME: Final = "configMapName"


def config_map_names(spec: NodeProfileSpec) -> frozenset[str]:
    """Every ConfigMap that `spec` names, though a later profile may take its place."""
    data = spec.model_dump(by_alias=True, exclude_none=True)
    return frozenset(value for _, field, value in walk(NODE, data) if field.name == _NAME)


def contents(subject: Subject, known: Contents) -> tuple[Contents, list[Finding]]:
    """What the node of `subject` refers to of the ConfigMaps in `known`, and what is not there or may not be."""
    found: dict[str, dict[str, bytes]] = {}
    findings: list[Finding] = []
    for path, name, keys in _references(subject.node):
        values = known.get(name)
        lacking = _lacking(name, values, keys)
        if lacking:
            findings.append(subject.in_node(Reason.CONFIG_MAP_NOT_FOUND, path, *lacking))
        elif values is not None:
            found.setdefault(name, {}).update({key: values[key] for key in keys or values})
    findings += [finding for name, values in found.items() for finding in _secrets(name, values)]
    return found, findings


def _references(node: EffectiveNode) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """(path, name, keys) of each reference; no key stands for all of them."""
    for path, field, value in node.fields:
        if field.model is ContentRef and _NAME in value:
            yield path, value[_NAME], (value["key"],)
        elif field.model is Role:
            yield from ((f"{path}[{role['name']}]", role[_NAME], ()) for role in value if _NAME in role)


def _lacking(name: str, values: Values | None, keys: tuple[str, ...]) -> tuple[str, str] | None:
    if values is None:
        return f"no ConfigMap {name}", "a ConfigMap of that name in the image's namespace, or its document in PATH"
    if missing := [key for key in keys if key not in values]:
        there = ", ".join(sorted(values)[:20]) or "(none)"
        return f"no key {missing[0]} in ConfigMap {name}", f"one of its keys: {there}"
    return None


def _secrets(name: str, values: Values) -> Iterator[Finding]:
    """The inputs are kept in a ConfigMap of ours, so what may be in no profile may be in no content either."""
    for key, value in values.items():
        if shows_secret(value.decode(errors="replace")):
            path = f"ConfigMap/{name}: data.{key}"
            found = "a password hash, a private key, or a URL with a password"
            yield Finding(Reason.INLINE_PASSWORD, path, found, "a Secret: content_from: {secretName, key}")
