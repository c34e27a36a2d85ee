"""What users wrote, made into one effective node with its hashes and the inputs of its build. Pure."""

from airship_images.api.errors import Finding, SpecError
from airship_images.spec.contents import config_map_names
from airship_images.spec.identity import Identities
from airship_images.spec.node import EffectiveNode
from airship_images.spec.prepare import Prepared, prepare

__all__ = ["EffectiveNode", "Finding", "Identities", "Prepared", "SpecError", "config_map_names", "prepare"]
