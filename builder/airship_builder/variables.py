"""Which variables do our roles get? Those of the request, and what is known of the disk and of its packages."""

from collections.abc import Mapping
from typing import Any

from airship_builder.base import Base
from airship_builder.inputs import META_FILES, Inputs


def role_variables(inputs: Inputs, facts: Mapping[str, Any], base: Base) -> dict[str, Any]:
    """Plain data; `facts` are those of the disk."""
    return {
        **inputs.osconfig_vars(),
        "packages": base.packages,
        "kernel_version": base.kernel,
        "disk": {"root_uuid": facts["rootUuid"], "esp_uuid": facts["espUuid"]},
        "partitions": [partition.model_dump(mode="json") for partition in inputs.image_vars().partitions],
        "meta": [{"name": name, "text": inputs.text(name)} for name in META_FILES if inputs.has(name)],
        "seed": _seed(inputs),
    }


def _seed(inputs: Inputs) -> dict[str, str] | None:
    """What cloud-init gets from the image; without user data NoCloud wants an empty file in its place."""
    request = inputs.build_request()
    names = {"user_data": request.user_data_file, "network_config": request.network_config_file}
    texts = {field: inputs.text(name) for field, name in names.items() if name}
    return {"instance": request.spec_hash[:10], "user_data": "", **texts} if texts else None
