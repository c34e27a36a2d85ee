"""What is the one effective node of an image, and where does each of its values come from?"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from airship_images.api.build import ContentRef, SecretRef
from airship_images.api.nodeprofile import NodeProfileSpec
from airship_images.api.shape import Found, walk
from airship_images.spec.tree import NODE, Data, Tree, leaves


@dataclass(frozen=True)
class EffectiveNode:
    """A composed node, defaults applied: as model and as plain data; `tree` holds the origins."""

    spec: NodeProfileSpec
    data: Data
    tree: Tree

    @cached_property
    def fields(self) -> tuple[Found, ...]:
        """(path, field, value) of each field that is set, as `walk` gives them: once for all who ask."""
        return tuple(walk(NODE, self.data))

    @cached_property
    def values(self) -> Mapping[str, tuple[Any, str]]:
        """(value, origin) by path, such as kernel.sysctl[net.ipv4.ip_forward].value; a list that is atomic is one."""
        return {path: (leaf.value, leaf.origin) for path, leaf in leaves(NODE, self.tree)}

    @cached_property
    def origins(self) -> Mapping[str, str]:
        """NodeProfile/NAME, params or default by path."""
        return {path: origin for path, (_, origin) in self.values.items()}

    def origins_of(self, variable: str) -> frozenset[str]:
        """Where what is said of one variable, such as kernel.sysctl, comes from: without a look at all the others."""
        area, _, name = variable.partition(".")
        fields, around = NODE[area].fields, self.tree.get(area)
        here = {name: around[name]} if isinstance(around, dict) and name in around else {}
        return frozenset(leaf.origin for _, leaf in leaves(fields, here))

    def origin(self, path: str) -> str:
        """Where the value at `path` comes from, or the first value in it, or the list around it."""
        for known, origin in self.origins.items():
            if known == path or known.startswith((f"{path}.", f"{path}[")):
                return origin
        around = [known for known in self.origins if path.startswith((f"{known}.", f"{known}["))]
        return self.origins[max(around, key=len)] if around else "the composed node"

    @cached_property
    def pull_secrets(self) -> tuple[str, ...]:
        """The Secrets that artifacts of the node are pulled with, each once."""
        names = [value for _, field, value in self.fields if field.name == "pullSecretName"]
        return tuple(dict.fromkeys(names))

    @cached_property
    def secrets(self) -> tuple[SecretRef, ...]:
        """Each value of a Secret that the node refers to, once, in order."""
        refs: list[Data] = []
        for _, field, value in self.fields:
            if field.model is SecretRef:
                refs += value if field.is_list else [value]
            elif field.model is ContentRef and "secretName" in value:
                refs.append(value)
        return tuple(SecretRef.model_validate(ref) for ref in {tuple(ref.items()): ref for ref in refs}.values())
