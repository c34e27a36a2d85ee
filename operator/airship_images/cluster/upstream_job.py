"""What does the container of an upstream builder look like, and what does it see of its node?

The one documented exception from what build Jobs may do: qcow there partitions network block devices of the node, so
it is privileged, sees /dev, and is alone on its node. The operator's settings must allow it. iso needs none of it.
"""

from collections.abc import Mapping
from typing import Any, Final

from airship_images.api.build import V1_FOLDER
from airship_images.cluster import labels
from airship_images.cluster.client import Object
from airship_images.plan.actions import UpstreamBuilder
from airship_images.spec.airship_v1 import OSCONFIG_VARS, QCOW_VARS, V1_CONFIG, VOLUME

HOST_PATHS: Final[Mapping[str, str]] = {
    "host-dev": "/dev",
    "host-modules": "/lib/modules",
    "host-resolve": "/run/systemd/resolve",
}
"""What qcow mounts of its node, by volume; under the same paths inside."""

ALONE_ON_ITS_NODE: Final[Object] = {
    "podAntiAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": [
            {
                "labelSelector": {"matchLabels": {labels.ENGINE: "airship-v1"}},
                "namespaceSelector": {},
                "topologyKey": "kubernetes.io/hostname",
            }
        ]
    }
}


def is_privileged(builder: UpstreamBuilder) -> bool:
    """Does what it builds need the node's devices?"""
    return builder.type == "qcow"


def container(
    builder: UpstreamBuilder, network: Mapping[str, str], resources: Mapping[str, Any], mounts: list[Object]
) -> Object:
    """Its container, as upstream's own scripts start it; `network` are the variables of proxies and the like."""
    environment = {
        "BUILDER_CONFIG": f"{VOLUME}/{V1_CONFIG}",
        "IMAGE_TYPE": builder.type,
        "IMAGE": builder.image,
        "USER_DATA_FILE": builder.user_data_file,
        "NET_CONFIG_FILE": builder.network_config_file,
        "OSCONFIG_FILE": OSCONFIG_VARS,
        "QCOW_CONFIG_FILE": QCOW_VARS,
        **network,
    }
    privileged = is_privileged(builder)
    seen = HOST_PATHS.items() if privileged else ()
    return {
        "name": "airship-v1",
        "image": builder.image,
        "imagePullPolicy": "IfNotPresent",
        "env": [{"name": name, "value": value} for name, value in environment.items()],
        "resources": resources,
        "securityContext": {"privileged": True} if privileged else _plain(),
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "volumeMounts": [
            {"name": "scratch", "mountPath": VOLUME, "subPath": V1_FOLDER},
            *mounts,
            *({"name": name, "mountPath": path} for name, path in seen),
        ],
    }


def host_volumes(builder: UpstreamBuilder) -> list[Object]:
    """The volumes behind HOST_PATHS, for qcow alone."""
    if not is_privileged(builder):
        return []
    return [{"name": name, "hostPath": {"path": path}} for name, path in HOST_PATHS.items()]


def _plain() -> Object:
    return {"privileged": False, "allowPrivilegeEscalation": False}
