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
from airship_images.api.build import CHECKSUM, PROVENANCE, SBOM, BuildRequest, BuildResult, RepositoryLock


def side_files(job: Job, result: BuildResult) -> Mapping[str, str]:
    """File name → text, for the image of `result`."""
    request = job.inputs.build_request()
    inventory, loader = (Inventory.model_validate_json(json.dumps(job.noted(name))) for name in ("inventory", "loader"))
    components = sbom(request.file_name, result.digest, inventory, loader, job.noted("epoch"))
    named = {request.file_name + SBOM: components}
    digests = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in named.items()}
    statement = provenance(job.inputs, result.digest, lock(job), loader, digests)
    return {
        request.file_name + CHECKSUM: f"{result.digest}  {request.file_name}\n",
        request.metadata_file_name: yaml.safe_dump(_metadata(request, result), sort_keys=False),
        **named,
        request.file_name + PROVENANCE: statement,
    }


def lock(job: Job) -> tuple[RepositoryLock, ...]:
    """The repositories that the packages came from, as they were."""
    return tuple(RepositoryLock.model_validate(one) for one in job.noted("lock"))


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
