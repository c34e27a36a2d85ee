"""What lies beside an image in the store: its checksum, its metadata, its SBOM and its provenance?"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import yaml

from airship_builder.inventory import Inventory
from airship_builder.job import Job
from airship_builder.provenance import provenance
from airship_builder.sbom import sbom
from airship_images.api.build import CHECKSUM, PROVENANCE, SBOM, BuildRequest, BuildResult


def side_files(job: Job, result: BuildResult) -> Mapping[str, str]:
    """File name → text, for the image of `result`."""
    request = job.inputs.build_request()
    inventory, loader = _noted(job, "inventory"), _noted(job, "loader")
    components = sbom(request.file_name, result.digest, inventory, loader, job.noted("epoch"))
    named = {request.file_name + SBOM: components}
    digests = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in named.items()}
    statement = provenance(job.inputs, result.digest, job.lock, loader, digests)
    return {
        request.file_name + CHECKSUM: f"{result.digest}  {request.file_name}\n",
        request.metadata_file_name: yaml.safe_dump(_metadata(request, result), sort_keys=False),
        **named,
        request.file_name + PROVENANCE: statement,
    }


def _noted(job: Job, name: str) -> Inventory:
    known = job.noted(name)
    return Inventory.model_validate_json(json.dumps(known)) if known else Inventory(system="", version="", packages=())


def _metadata(request: BuildRequest, result: BuildResult) -> dict[str, Any]:
    """bootImagePath is the key that Airship's tools read."""
    return {
        "bootImagePath": result.path,
        "sha256sum": result.digest,
        "size": result.size,
        "virtualSize": result.virtual_size,
        "format": result.format,
        "specHash": request.spec_hash,
        "buildHash": request.build_hash,
    }
