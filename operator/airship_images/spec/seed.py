"""What does cloud-init get from the image itself, and under which names is it among the inputs?"""

from collections.abc import Mapping
from typing import Final

from airship_images.api.airshipimage import AirshipImage
from airship_images.spec.node import EffectiveNode

USER_DATA_FILE: Final = "user-data"
NETWORK_CONFIG_FILE: Final = "network-config"


def seed_of(image: AirshipImage, node: EffectiveNode) -> Mapping[str, tuple[str, str]]:
    """(file name, text) of user_data and of network_config, as far as they are there; an empty text is none."""
    cloud_init = node.data.get("cloudInit", {})
    names = seed_names(image)
    return {field: (names[field], cloud_init[field]) for field in names if cloud_init.get(field)}


def seed_names(image: AirshipImage) -> Mapping[str, str]:
    """The names of the files by the field of cloudInit whose text they hold."""
    builder = image.spec.builder
    return {
        "user_data": (builder and builder.user_data_file_name) or USER_DATA_FILE,
        "network_config": (builder and builder.network_config_file_name) or NETWORK_CONFIG_FILE,
    }
