"""Do an image's packages come from repositories, which may have newer versions of them?"""

from airship_images.api.airshipimage import AirshipImage
from airship_images.api.nodeprofile import NodeProfileSpec
from airship_images.spec.airship_v1 import is_v1


def are_resolved(image: AirshipImage, node: NodeProfileSpec) -> bool:
    """Those of an upstream builder and of a vendor's image are what they are."""
    return not is_v1(image) and (node.software is None or node.software.base is None)
