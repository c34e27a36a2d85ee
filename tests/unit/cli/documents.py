"""Small documents with good defaults."""

from pathlib import Path
from typing import Any, Final

import yaml

A_SECRET: Final = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHx ops@example"


def write(path: Path, *documents: Any) -> Path:
    """Write `documents` as one YAML file."""
    path.write_text(yaml.safe_dump_all(documents))
    return path


def a_profile(name: str = "base", **spec: Any) -> dict[str, Any]:
    areas = {
        "software": {"packages": ["systemd-sysv", "openssh-server"]},
        "kernel": {"kernel_base_pkg": "linux-image-amd64", "sysctl": [{"name": "vm.swappiness", "value": "60"}]},
        "system": {
            "user_management": [{"name": "ops", "ssh_authorized_keys_from": [{"secretName": "keys", "key": "ops"}]}]
        },
    }
    return {**_document("NodeProfile", name), "spec": {**areas, **spec}}


def an_image(name: str = "worker", profiles: tuple[str, ...] = ("base",), **spec: Any) -> dict[str, Any]:
    image = {"type": "qcow2", "outputFileName": f"{name}.qcow2"}
    return {
        **_document("AirshipImage", name),
        "spec": {"profiles": [{"name": profile} for profile in profiles], "image": image, **spec},
    }


def a_secret(name: str = "keys", **values: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": values or {"ops": A_SECRET}}


def a_config_map(name: str = "site", **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def _document(kind: str, name: str) -> dict[str, Any]:
    return {"apiVersion": "airshipit.org/v1alpha1", "kind": kind, "metadata": {"name": name}}
