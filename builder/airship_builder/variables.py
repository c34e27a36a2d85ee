"""Which variables do our roles get? Those of the request, and what is known of the disk and of its packages."""

from collections.abc import Mapping
from typing import Any, Final

from airship_builder.base import Base
from airship_builder.inputs import META_FILES, Inputs
from airship_builder.liveiso import live_boot
from airship_images.api.errors import InputError
from airship_images.api.reasons import Reason

CLOUD_INIT: Final = "cloud-init"


def role_variables(inputs: Inputs, facts: Mapping[str, Any], base: Base) -> dict[str, Any]:
    """Plain data; `facts` are those of the disk, or of the root filesystem where the image has no disk."""
    request = inputs.build_request()
    wanted, seed = inputs.osconfig_vars(), _seed(inputs)
    if (wanted.get("cloud_init") or seed) and CLOUD_INIT not in base.packages:
        raise InputError("cloudInit", "an image without cloud-init", "one that has it", reason=Reason.PACKAGE_MISSING)
    return {
        **wanted,
        "packages": base.packages,
        "kernel_version": base.kernel,
        "fstab": facts.get("fstab"),
        "selinux": "/etc/selinux/config" in base.paths or None,
        "boot": live_boot(request.spec_hash) if request.type == "iso" else facts.get("boot"),
        "meta": [{"name": name, "text": inputs.text(name)} for name in META_FILES if inputs.has(name)],
        "seed": seed,
    }


def _seed(inputs: Inputs) -> dict[str, str] | None:
    """What cloud-init gets from the image; without user data NoCloud wants an empty file in its place.

    An ISO has it on its config drive.
    """
    request = inputs.build_request()
    if request.type == "iso":
        return None
    names = {"user_data": request.user_data_file, "network_config": request.network_config_file}
    texts = {field: inputs.text(name) for field, name in names.items() if name}
    return {"instance": request.spec_hash[:10], "user_data": "", **texts} if texts else None
