"""What node do ordered profiles make together? One small recursive engine that knows nothing but the models' marks."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from airship_images.api.errors import Finding
from airship_images.api.merge import Merge
from airship_images.api.nodeprofile import NodeProfileSpec
from airship_images.api.reasons import Reason
from airship_images.api.shape import FieldShape
from airship_images.spec.tree import NODE, Leaf, Node, Shape, Tree


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in which profile we are, and the list that takes what is wrong there."""

    origin: str
    path: str
    findings: list[Finding]

    def below(self, step: str) -> "_Place":
        return _Place(self.origin, self.path + step, self.findings)


Composed = tuple[Tree, list[Finding]]
"""A tree, and what is wrong with the layers that made it."""


def compose(layers: Iterable[tuple[str, NodeProfileSpec]], below: Composed | None = None) -> Composed:
    """The tree of (origin, profile) pairs on top of `below`, the later one stronger; `below` stays as it is.

    An `omit` of what is not there is a finding.
    """
    tree, findings = (below[0], [*below[1]]) if below else ({}, [])
    for origin, spec in layers:
        data = spec.model_dump(by_alias=True, exclude_none=True)
        tree = _fields(NODE, tree, data, _Place(origin, "spec", findings))
    return tree, findings


def _fields(shape: Shape, below: Tree, data: Mapping[str, Any], place: _Place) -> Tree:
    gone = {shape[name].clears for name in data}
    tree = {name: node for name, node in below.items() if name not in gone}
    for name, value in data.items():
        field = shape[name]
        if field.subtracts:
            tree[field.subtracts] = _without(tree.get(field.subtracts), value)
    for name, value in data.items():
        field = shape[name]
        if not field.subtracts:
            tree[name] = _MERGES[field.merge](field, tree.get(name), value, place.below(f".{name}"))
    return tree


def _without(below: Node | None, names: list[str]) -> Tree:
    return {name: leaf for name, leaf in below.items() if name not in names} if isinstance(below, dict) else {}


def _deep(field: FieldShape, below: Node | None, value: Any, place: _Place) -> Node:
    return _fields(field.fields, _tree(below), value, place) if field.model else _free(field, below, value, place)


def _free(field: FieldShape, below: Node | None, value: Any, place: _Place) -> Node:
    if not isinstance(value, dict):
        return Leaf(value, place.origin)
    tree = _tree(below)
    return tree | {name: _free(field, tree.get(name), part, place) for name, part in value.items()}


def _by_name(field: FieldShape, below: Node | None, value: Any, place: _Place) -> Node:
    tree = dict(_tree(below))
    for item in value:
        name = item["name"]
        if not item.get("omit"):
            set_here = {
                key: part for key, part in item.items() if key != "omit" and not (key == "name" and name in tree)
            }
            tree[name] = _fields(field.fields, _tree(tree.get(name)), set_here, place.below(f"[{name}]"))
        elif tree.pop(name, None) is None:
            place.findings.append(_nothing_to_omit(place, name))
    return tree


def _union(_: FieldShape, below: Node | None, value: Any, place: _Place) -> Node:
    tree = _tree(below)
    return tree | {name: Leaf(name, place.origin) for name in value if name not in tree}


def _append(_: FieldShape, below: Node | None, value: Any, place: _Place) -> Node:
    return [*(below if isinstance(below, list) else []), *(Leaf(item, place.origin) for item in value)]


def _last(_: FieldShape, __: Node | None, value: Any, place: _Place) -> Node:
    return Leaf(value, place.origin)


_MERGES: Final[Mapping[Merge, Callable[[FieldShape, Node | None, Any, _Place], Node]]] = {
    Merge.DEEP: _deep,
    Merge.BY_NAME: _by_name,
    Merge.UNION: _union,
    Merge.APPEND: _append,
    Merge.ATOMIC: _last,
    Merge.REPLACE: _last,
}


def _tree(node: Node | None) -> Tree:
    return node if isinstance(node, dict) else {}


def _nothing_to_omit(place: _Place, name: str) -> Finding:
    return Finding(
        Reason.INVALID_INPUT,
        f"{place.origin}: {place.path}[{name}]",
        "omit: true for an item that no earlier profile sets",
        "a name of an earlier profile's item, or no such entry",
    )
