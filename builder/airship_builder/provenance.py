"""How was an image made? An in-toto statement with SLSA provenance, the same bytes for the same inputs and lock."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from airship_builder.inputs import META_FILES, Inputs
from airship_builder.inventory import Inventory
from airship_builder.sources import Source
from airship_images.api.build import RepositoryLock
from airship_images.api.phases import PHASE_VERSIONS

STATEMENT: Final = "https://in-toto.io/Statement/v1"
PREDICATE: Final = "https://slsa.dev/provenance/v1"
BUILD_TYPE: Final = "https://airshipit.org/airship-images/image/v1"
BUILDER: Final = "https://airshipit.org/airship-images/builder"

Json = dict[str, Any]


def provenance(
    inputs: Inputs, digest: str, lock: Sequence[RepositoryLock], loader: Inventory, side_files: Mapping[str, str]
) -> str:
    """The statement about the image with SHA-256 `digest` that was made of `inputs` and the repositories of `lock`.

    `loader` are the builder's own packages that are on the disk, `side_files` the digests of what lies beside it.
    """
    request, asked = inputs.build_request(), _parameters(inputs)
    definition = {
        "buildType": BUILD_TYPE,
        "externalParameters": asked,
        "internalParameters": {
            "inputs": {name: hashlib.sha256(inputs.data(name)).hexdigest() for name in inputs.names()}
        },
        "resolvedDependencies": [*_repositories(lock), *_downloads(asked)],
    }
    details = {
        "builder": {
            "id": BUILDER,
            "version": {phase: str(version) for phase, version in PHASE_VERSIONS.items()},
            "builderDependencies": [
                {"name": one.name, "annotations": {"version": one.version}} for one in loader.packages
            ],
        },
        "metadata": {"invocationId": request.build_hash},
        "byproducts": [_resource(name, sha256) for name, sha256 in side_files.items()],
    }
    statement = {
        "_type": STATEMENT,
        "subject": [_resource(request.file_name, digest)],
        "predicateType": PREDICATE,
        "predicate": {"buildDefinition": definition, "runDetails": details},
    }
    return json.dumps(statement, indent=1, sort_keys=True) + "\n"


def _parameters(inputs: Inputs) -> Json:
    """What was asked for, without the values of Secrets: the request, and what the image says of itself."""
    meta = {name.removesuffix(".yaml"): inputs.mapping(name) for name in META_FILES}
    return {"request": inputs.build_request().model_dump(mode="json", by_alias=True, exclude_none=True), **meta}


def _repositories(lock: Sequence[RepositoryLock]) -> Iterator[Json]:
    """By the folder of each one's signed index, with the index's own digest."""
    for one in lock:
        folder = Source(one.source, one.suite, ()).release_uri()
        yield {"name": "Release", "uri": folder, "digest": {"sha256": one.release_sha256}}


def _downloads(asked: object) -> Iterator[Json]:
    """Every file that a profile names by its URL and SHA-256, such as keyring_url and keyring_sha256."""
    if isinstance(asked, dict):
        for name, value in asked.items():
            digest = asked.get(f"{name.removesuffix('url')}sha256") if name.endswith("url") else None
            if digest:
                yield {"uri": value, "digest": {"sha256": digest}}
            yield from _downloads(value)
    elif isinstance(asked, list):
        for part in asked:
            yield from _downloads(part)


def _resource(name: str, sha256: str) -> Json:
    return {"name": name, "digest": {"sha256": sha256}}
