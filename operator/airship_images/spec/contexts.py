"""Which items of a node are for images of this type? Those whose run_contexts name it, and those that name none."""

from collections.abc import Mapping
from typing import Final

from airship_images.api.build import ImageType
from airship_images.api.merge import Merge
from airship_images.api.shape import FieldShape
from airship_images.spec.tree import Leaf, Node, Shape, Tree

CONTEXTS: Final[Mapping[ImageType, frozenset[str]]] = {
    "qcow2": frozenset({"qcow"}),
    "raw": frozenset({"qcow"}),
    "vmdk": frozenset({"qcow"}),
    "iso": frozenset({"iso", "livecdcontent"}),
    "rootfs": frozenset({"root"}),
    "oci": frozenset({"root"}),
}
"""The contexts of Airship's builder that a build of each type stands for."""

RUN_CONTEXTS: Final = "run_contexts"


def for_type(shape: Shape, tree: Tree, image_type: ImageType) -> Tree:
    """`tree` without the items that are for images of other types: they are no part of this node."""
    return {name: _kept(shape[name], node, image_type) for name, node in tree.items()}


def _kept(field: FieldShape, node: Node, image_type: ImageType) -> Node:
    if not isinstance(node, dict) or not field.model:
        return node
    if field.merge is not Merge.BY_NAME:
        return for_type(field.fields, node, image_type)
    return {name: item for name, item in node.items() if _applies(item, image_type)}


def _applies(item: Node, image_type: ImageType) -> bool:
    contexts = item.get(RUN_CONTEXTS) if isinstance(item, dict) else None
    return not isinstance(contexts, Leaf) or not CONTEXTS[image_type].isdisjoint(contexts.value)
