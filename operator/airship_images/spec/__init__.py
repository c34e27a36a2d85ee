"""What users wrote, made into one effective node with its hashes and the inputs of its build. Pure."""

from airship_images.api.errors import Finding, SpecError
from airship_images.spec.compose import Composed
from airship_images.spec.composition import Composition, ground_of
from airship_images.spec.contents import config_map_names
from airship_images.spec.identity import Hashes, Identities
from airship_images.spec.node import EffectiveNode
from airship_images.spec.prepare import Prepared, prepare
from airship_images.spec.sourced import Sourced, sourced

__all__ = [
    "Composed",
    "Composition",
    "EffectiveNode",
    "Finding",
    "Hashes",
    "Identities",
    "Prepared",
    "Sourced",
    "SpecError",
    "config_map_names",
    "ground_of",
    "prepare",
    "sourced",
]
