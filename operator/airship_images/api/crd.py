"""Which CustomResourceDefinitions does a cluster need? Made of the models: python -m airship_images.api.crd FOLDER."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import BaseModel

from airship_images.api.airshipimage import NAME_LIMIT, AirshipImage, AirshipImageSpec
from airship_images.api.nodeprofile import NodeProfile, NodeProfileSpec
from airship_images.api.schema import Schema, structural
from airship_images.api.status import AirshipImageStatus, NodeProfileStatus

GROUP: Final = "airshipit.org"
VERSION: Final = "v1alpha1"
HEADER: Final = "# Made from the models by `make crds`; edit operator/airship_images/api instead.\n"
LABELS: Final = {"app.kubernetes.io/name": "airship-images", "app.kubernetes.io/part-of": "airship-images"}

NOT_SEEN: Final = {"observedGeneration": -1}
"""The status of what the operator has not looked at yet: without it kstatus would take a new object for a ready one."""
ONE_WRITER: Final[Schema] = {"x-kubernetes-map-type": "atomic"}
"""A status is the operator's as a whole: the API server keeps account of one field instead of ninety (decision 92)."""

Column = dict[str, Any]


@dataclass(frozen=True)
class Resource:
    """One kind: its models and how kubectl shows it."""

    kind: str
    short_name: str
    model: type[BaseModel]
    spec: type[BaseModel]
    status: type[BaseModel]
    columns: Sequence[Column]
    validations: Sequence[Schema] = ()

    @property
    def plural(self) -> str:
        """Its name in URLs."""
        return f"{self.kind.lower()}s"


def column(name: str, path: str, kind: str = "string", *, wide: bool = False, description: str = "") -> Column:
    """A printer column; a wide one is shown by `-o wide` alone."""
    more = {"description": description} if description else {}
    return {"name": name, "type": kind, "jsonPath": path} | more | ({"priority": 1} if wide else {})


_READY: Final = '.status.conditions[?(@.type=="Ready")]'
AGE: Final = column("Age", ".metadata.creationTimestamp", "date")

RESOURCES: Final = (
    Resource(
        kind="NodeProfile",
        short_name="nprof",
        model=NodeProfile,
        spec=NodeProfileSpec,
        status=NodeProfileStatus,
        columns=(
            column("Ready", f"{_READY}.status", description="What is in it is right by itself"),
            column("Suite", ".spec.software.suite"),
            column("Used by", ".status.usedBy.count", "integer", description="AirshipImages that name it"),
            column("Reason", f"{_READY}.reason", wide=True),
            AGE,
        ),
    ),
    Resource(
        kind="AirshipImage",
        short_name="aimg",
        model=AirshipImage,
        spec=AirshipImageSpec,
        status=AirshipImageStatus,
        columns=(
            column("Ready", f"{_READY}.status", description="The image of this spec is verified and published"),
            column("Phase", ".status.phase", description="What is going on, in a word"),
            column("Progress", ".status.build.percent", "integer", description="Percent of the build"),
            column("Image", ".status.image.shortDigest", description="First digits of the image's SHA-256"),
            column("Hosts", ".status.hosts.summary", description="Hosts that run it, of those that the selector names"),
            column("URL", ".status.image.url", wide=True),
            column("Size", ".status.image.size", "integer", wide=True, description="Bytes of the image"),
            column("Reason", f"{_READY}.reason", wide=True),
            AGE,
        ),
        validations=(
            {
                "rule": f"size(self.metadata.name) <= {NAME_LIMIT}",
                "message": f"metadata.name: expected at most {NAME_LIMIT} characters: Jobs are named NAME-HASH",
            },
        ),
    ),
)


def manifests() -> Mapping[str, str]:
    """The text of each CustomResourceDefinition by the name of its file."""
    return {f"{GROUP}_{resource.plural}.yaml": HEADER + _yaml(definition(resource)) for resource in RESOURCES}


def definition(resource: Resource) -> dict[str, Any]:
    """The CustomResourceDefinition of `resource`."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{resource.plural}.{GROUP}", "labels": dict(LABELS)},
        "spec": {
            "group": GROUP,
            "names": {
                "kind": resource.kind,
                "listKind": f"{resource.kind}List",
                "plural": resource.plural,
                "singular": resource.kind.lower(),
                "shortNames": [resource.short_name],
                "categories": ["airship"],
            },
            "scope": "Namespaced",
            "versions": [
                {
                    "name": VERSION,
                    "served": True,
                    "storage": True,
                    "subresources": {"status": {}},
                    "additionalPrinterColumns": list(resource.columns),
                    "schema": {"openAPIV3Schema": _schema(resource)},
                }
            ],
        },
    }


def _schema(resource: Resource) -> Schema:
    root = resource.model.model_fields
    validations = {"x-kubernetes-validations": list(resource.validations)} if resource.validations else {}
    return {
        "type": "object",
        "description": (resource.model.__doc__ or "").strip(),
        "required": ["metadata", "spec"],
        "properties": {
            "apiVersion": {"type": "string", "description": f"{GROUP}/{VERSION}"},
            "kind": {"type": "string", "description": resource.kind},
            "metadata": {"type": "object"},
            "spec": structural(resource.spec) | {"description": root["spec"].description},
            "status": structural(resource.status) | ONE_WRITER | {"default": dict(NOT_SEEN)},
        },
    } | validations


def _yaml(data: dict[str, Any]) -> str:
    return str(yaml.safe_dump(data, sort_keys=False, width=10_000, allow_unicode=True))


def main(arguments: Sequence[str]) -> None:
    """Writes each manifest into the folder that is the one argument."""
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in manifests().items():
        (folder / name).write_text(text)


if __name__ == "__main__":
    main(sys.argv[1:])
