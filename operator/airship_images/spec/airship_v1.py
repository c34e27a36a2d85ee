"""What does a builder of engine airship-v1 read? Its configuration and variables, under the names of upstream.

Its roles replace what they have by what they get and never merge: each variable is given, and whole.
"""

from collections.abc import Mapping
from typing import Any, Final, Literal

from airship_images.api.airshipimage import AirshipImage
from airship_images.spec.dump import dump
from airship_images.spec.node import EffectiveNode
from airship_images.spec.seed import seed_names
from airship_images.spec.tree import Data
from airship_images.spec.vars import command_line, image_vars, without_contexts

V1_CONFIG: Final = "builder-config.yaml"
OSCONFIG_VARS: Final = "osconfig-vars.yaml"
QCOW_VARS: Final = "qcow-vars.yaml"
VOLUME: Final = "/config"
"""Where the builder's container has the volume that it reads from and writes to."""
IMAGE_TYPES: Final[Mapping[str, Literal["qcow", "iso"]]] = {"qcow2": "qcow", "iso": "iso"}
"""What it calls the types that it builds."""

_LISTS: Final = ("directories", "files", "systemd", "user_management", "limits", "file_permissions", "user_scripts")
_UNIT: Final = {"file_content": "", "enabled": False, "force": False}
_USER: Final = {"shell": "/bin/bash", "password": "!", "password_lock": True}


def is_v1(image: AirshipImage) -> bool:
    """Is `image` built by an upstream builder instead of ours?"""
    return image.spec.builder is not None and image.spec.builder.engine == "airship-v1"


def v1_files(image: AirshipImage, node: EffectiveNode, metadata_file: str) -> Mapping[str, str]:
    """File name → text; the data of cloud-init lies beside them."""
    return {
        V1_CONFIG: dump(_config(image, metadata_file)),
        OSCONFIG_VARS: dump(v1_osconfig_vars(node)),
        QCOW_VARS: dump(image_vars(node, image.spec.image.file_name)),
    }


def v1_osconfig_vars(node: EffectiveNode) -> Data:
    """The variables of upstream's role osconfig."""
    kernel, system = node.data["kernel"], node.data.get("system", {})
    modules = kernel.get("modules", {})
    whole: Data = {
        "default_run_context": "qcow",  # or settings of the running system have no effect
        "kernel": {"modules": {"load": modules.get("load", []), "blacklist": modules.get("blacklist", [])}},
        "banners": {"login": "", "motd": "", **system.get("banners", {})},
        "kubelet": {"extra_systemd_args": system.get("kubelet", {}).get("extra_systemd_args", [])},
        "grub": {"GRUB_SERIAL_COMMAND": [], **kernel["grub"], "GRUB_CMDLINE_LINUX_DEFAULT": command_line(kernel)},
        "grub_cmdline_linux_default_append": [],
        "sysctl": kernel.get("sysctl", []),
        **{name: without_contexts(system.get(name, [])) for name in _LISTS},
        **({"kdump_tools": kernel["kdump_tools"]} if kernel.get("kdump_tools") else {}),
    }
    whole["systemd"] = [{**_UNIT, **unit} for unit in whole["systemd"]]
    whole["user_management"] = [{**_USER, **user} for user in whole["user_management"]]
    return {name: _texts(value) for name, value in whole.items()}


def _config(image: AirshipImage, metadata_file: str) -> Data:
    names = seed_names(image)
    return {
        "container": {"volume": f"{VOLUME}:{VOLUME}"},
        "builder": {
            "imageType": IMAGE_TYPES[image.spec.image.type],
            "outputFileName": image.spec.image.file_name,
            "outputMetadataFileName": metadata_file,
            "osconfigVarsFileName": OSCONFIG_VARS,
            "qcowVarsFileName": QCOW_VARS,
            "userDataFileName": names["user_data"],
            "networkConfigFileName": names["network_config"],
        },
    }


def _texts(value: Any) -> Any:
    """`value` with each key `value` in it a text: upstream's templates take nothing else."""
    if isinstance(value, list):
        return [_texts(part) for part in value]
    if isinstance(value, dict):
        return {name: str(part) if name == "value" else _texts(part) for name, part in value.items()}
    return value
