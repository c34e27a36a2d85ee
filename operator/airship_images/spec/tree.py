"""Which values does a node have, and where does each come from? A tree in the shape of the models, a leaf per value."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from airship_images.api.merge import Merge
from airship_images.api.nodeprofile import NodeProfileSpec
from airship_images.api.shape import FieldShape, shape_of


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value with the profile that set it, `params` or `default`."""

    value: Any
    origin: str


Node: TypeAlias = Leaf | dict[str, "Node"] | list[Leaf]
Tree: TypeAlias = dict[str, Node]
"""Fields by their name; in a list that merges by name, items by theirs; in a union, strings by themselves."""

Shape: TypeAlias = Mapping[str, FieldShape]
Data: TypeAlias = dict[str, Any]
"""What a document of YAML or JSON holds, by the names that users write."""

NODE: Final = shape_of(NodeProfileSpec)


def plain(shape: Shape, tree: Tree) -> Data:
    """`tree` as the data that a profile of its own would hold; what is empty and means nothing is left out."""
    values = {name: _plain(shape[name], node) for name, node in tree.items()}
    return {name: value for name, value in values.items() if isinstance(tree[name], Leaf) or value}


def _plain(field: FieldShape, node: Node) -> Any:
    if isinstance(node, Leaf):
        return node.value
    if isinstance(node, list):
        return [leaf.value for leaf in node]
    if field.merge is Merge.BY_NAME:
        return [plain(field.fields, item) for item in node.values() if isinstance(item, dict)]
    if field.merge is Merge.UNION:
        return list(node)
    return plain(field.fields, node) if field.model else _free(node)


def _free(node: Node) -> Any:
    if isinstance(node, dict):
        return {name: _free(part) for name, part in node.items()}
    return node.value if isinstance(node, Leaf) else [leaf.value for leaf in node]


def leaves(shape: Shape, tree: Tree, path: str = "") -> Iterator[tuple[str, Leaf]]:
    """Each leaf with its path: `area.field`, `area.list[name].field`, `area.list_append[0]`."""
    for name, node in tree.items():
        yield from _leaves(shape.get(name), node, f"{path}.{name}" if path else name)


def _leaves(field: FieldShape | None, node: Node, path: str) -> Iterator[tuple[str, Leaf]]:
    if isinstance(node, Leaf):
        yield path, node
    elif isinstance(node, list):
        yield from ((f"{path}[{index}]", leaf) for index, leaf in enumerate(node))
    elif field and field.merge in (Merge.BY_NAME, Merge.UNION):
        for name, item in node.items():
            if isinstance(item, Leaf):
                yield f"{path}[{name}]", item
            elif isinstance(item, dict):
                yield from leaves(field.fields, item, f"{path}[{name}]")
    else:
        yield from leaves(field.fields if field else {}, node, path)
