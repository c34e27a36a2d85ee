"""What does a node have that no profile says? The models' defaults, applied once, after composition."""

from collections.abc import Set
from typing import Final

from airship_images.api.merge import Merge
from airship_images.api.shape import FieldShape
from airship_images.spec.tree import Leaf, Node, Shape, Tree

DEFAULT: Final = "default"
"""The origin of a value that no profile sets."""


def with_defaults(shape: Shape, tree: Tree, packages: Set[str], distribution: str) -> Tree:
    """`tree` with the default of each field that is unset, in every area and in each item that is there.

    A default whose field needs a package stays away where none of them is among `packages`.
    """
    there = ((name, field) for name, field in shape.items() if name in tree or field.is_filled)
    nodes = ((name, _filled(field, tree.get(name), packages, distribution)) for name, field in there)
    return {name: node for name, node in nodes if node is not None}


def _filled(field: FieldShape, node: Node | None, packages: Set[str], distribution: str) -> Node | None:
    if field.model and field.merge is Merge.DEEP:
        return with_defaults(field.fields, node if isinstance(node, dict) else {}, packages, distribution) or node
    if field.merge is Merge.BY_NAME and isinstance(node, dict):
        return {
            name: with_defaults(field.fields, item, packages, distribution)
            for name, item in node.items()
            if isinstance(item, dict)
        }
    if node is None and field.default and (not field.needs or not packages.isdisjoint(field.needs)):
        return Leaf(field.default.on(distribution), DEFAULT)
    return node
