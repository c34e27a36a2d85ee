"""What does cloud-init find on the image's own config drive, laid out as OpenStack's?"""

import json
import uuid
from pathlib import Path
from typing import Final

from airship_builder.inputs import Inputs

CONFIG_DRIVE: Final = "config-2"
"""The name of the volume, by which cloud-init knows it."""


def add_config_drive(inputs: Inputs, tree: Path) -> bool:
    """Write openstack/latest into `tree`; false when the request has nothing for cloud-init."""
    request = inputs.build_request()
    names = {"user_data": request.user_data_file, "network_data.json": request.network_config_file}
    texts = {name: inputs.text(file) for name, file in names.items() if file}
    if not texts:
        return False
    instance = uuid.uuid5(uuid.NAMESPACE_URL, f"airshipit.org/image/{request.spec_hash}")
    latest = tree / "openstack/latest"
    latest.mkdir(parents=True)
    (latest / "meta_data.json").write_text(json.dumps({"uuid": str(instance)}))
    for name, text in texts.items():
        (latest / name).write_text(text)
    return True
