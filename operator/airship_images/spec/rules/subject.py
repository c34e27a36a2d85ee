"""What do the rules look at?"""

from dataclasses import dataclass

from airship_images.api.airshipimage import AirshipImage
from airship_images.api.errors import Finding
from airship_images.api.reasons import Reason
from airship_images.spec.airship_v1 import is_v1
from airship_images.spec.node import EffectiveNode
from airship_images.spec.origins import document_path


@dataclass(frozen=True)
class Subject:
    """An image with its effective node, defaults applied."""

    image: AirshipImage
    node: EffectiveNode

    @property
    def is_v1(self) -> bool:
        """Is it built by an upstream builder instead of ours?"""
        return is_v1(self.image)

    def in_node(self, reason: Reason, path: str, found: str, expected: str) -> Finding:
        """A finding at `path` of the node, under the document that the value there comes from."""
        document = document_path(self.image, self.node.origin(path), path)
        return Finding(reason, document, found, expected)

    def in_image(self, reason: Reason, path: str, found: str, expected: str) -> Finding:
        """A finding at `path` of the AirshipImage's own spec."""
        return Finding(reason, f"AirshipImage/{self.image.metadata.name}: spec.{path}", found, expected)
