"""What becomes of a profile: refused with its paths, or a set of changes of an image."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from airship_builder.accounts import FILES as ACCOUNT_FILES
from airship_builder.base import DIRECTORY, FILE, Base, Unit
from airship_builder.cache import Cache
from airship_builder.inputs import Inputs
from airship_builder.intents import append, read
from airship_builder.layout import place
from airship_builder.mounts import fstab
from airship_builder.overlay import Overlay, Owned
from airship_builder.variables import role_variables
from airship_images.api.airshipimage import AirshipImage
from airship_images.api.configmap import Contents
from airship_images.api.documents import RawDocument, parse, validate
from airship_images.api.errors import FindingsError
from airship_images.api.nodeprofile import NodeProfile
from airship_images.spec import Prepared, prepare
from airship_images.spec.tree import Data
from tests.unit.builder.asking import asked

SITE = Path(__file__).parents[1] / "spec/full/site.yaml"
EPOCH = 1_700_000_000
BOOT = {"search": "--fs-uuid 1-2-3", "kernel": "/vmlinuz", "initrd": "/initrd.img", "root": "root=UUID=1-2-3 ro"}
OF_HASHES = ("build.yaml", "rootfs.yaml")
META = "/etc/imagebuilder/meta/"
INSTANCE = "/var/lib/cloud/seed/nocloud/meta-data"
"""What holds the hashes of the request, or its documents as YAML, which are compared as data."""


@dataclass(frozen=True)
class Refused:
    """The paths of what was found wrong."""

    paths: tuple[str, ...]


@dataclass(frozen=True)
class Made:
    """The rendered files as data or text, and what changes in the image by path."""

    files: Mapping[str, Any]
    changes: Mapping[str, Owned]

    def with_text(self, before: str, after: str) -> "Made":
        """The same with `after` wherever `before` is, in names and in contents."""
        return Made(
            {name.replace(before, after): _replaced(data, before, after) for name, data in self.files.items()},
            {path.replace(before, after): _changed(one, before, after) for path, one in self.changes.items()},
        )


def site() -> tuple[AirshipImage, Data]:
    """The example in which every field has a value: its image, and its node as the spec of one profile."""
    *profiles, image = [validate(raw) for raw in parse(SITE.read_bytes(), "site.yaml")]
    assert isinstance(image, AirshipImage)
    prepared = prepare(image, {one.metadata.name: one for one in profiles if isinstance(one, NodeProfile)})
    one = image.spec.model_copy(update={"profiles": (image.spec.profiles or [])[:1], "params": None})
    return image.model_copy(update={"spec": one}), prepared.node.data


def profile(spec: Data) -> NodeProfile | Refused:
    """The profile of `spec`, read as a document is."""
    head = {"apiVersion": "airshipit.org/v1alpha1", "kind": "NodeProfile", "metadata": {"name": "planted"}}
    try:
        made = validate(RawDocument("planted", 0, {**head, "spec": spec}))
    except FindingsError as error:
        return _refused(error)
    assert isinstance(made, NodeProfile)
    return made


def ready(image: AirshipImage, made: NodeProfile | Refused) -> Prepared | Refused:
    """The image with a profile as its only one."""
    if isinstance(made, Refused):
        return made
    try:
        return prepare(image, {image.spec.profile_names[0]: made}, config_maps=_config_maps(made))
    except FindingsError as error:
        return _refused(error)


def _config_maps(made: NodeProfile) -> Contents:
    """Every ConfigMap that the files and roles of a profile name."""
    system = made.spec.system
    refs = [file.content_from for file in (system and system.files) or [] if file.content_from]
    roles = [role.config_map_name for role in (system and system.roles) or [] if role.config_map_name]
    return {ref.config_map_name: {ref.key: b"of a ConfigMap"} for ref in refs if ref.config_map_name} | {
        name: {"tasks__main.yml": b"of a ConfigMap"} for name in roles
    }


def _refused(error: FindingsError) -> Refused:
    return Refused(tuple(finding.path.partition(": spec.")[2] for finding in error.findings))


def make(prepared: Prepared, folder: Path) -> Made:
    """What the builder's roles make of the rendered files, on a base where everything that they name is there."""
    inputs, secrets = folder / "inputs", folder / "secrets"
    inputs.mkdir(exist_ok=True)
    for name, text in prepared.files.items():
        (inputs / name).write_text(text, newline="")
    for ref in prepared.secrets:
        (secrets / ref.secret_name).mkdir(parents=True, exist_ok=True)
        (secrets / ref.secret_name / ref.key).write_text("$6$abcdefgh$0123456789abcdef")
    base = _base(prepared)
    cache = Cache(folder / "cache")
    for fetched in Inputs(inputs).fetched():
        _store(cache, fetched.sha256)
    lines = folder / "intents"
    lines.unlink(missing_ok=True)
    append(lines, asked(**role_variables(Inputs(inputs), _facts(Inputs(inputs)), base)))
    overlay = Overlay(base, EPOCH, secrets, Inputs(inputs).config_maps(), cache)
    overlay.collect(read(lines))
    return Made(
        {name: _data(name, text) for name, text in prepared.files.items() if name not in OF_HASHES},
        {path: owned for path, owned in overlay.changes().items() if not path.startswith((META, INSTANCE))},
    )


def _facts(inputs: Inputs) -> Mapping[str, object]:
    """What the disk phase leaves of the partitions for the roles."""
    disk = inputs.image_vars()
    return {"boot": BOOT, "fstab": fstab(place("key", disk.qcow_capacity, disk.partitions))}


def _store(cache: Cache, sha256: str) -> None:
    """A file of the example's digest, which is that of the word test."""
    path = cache.root / "downloads" / sha256
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("test")


def _data(name: str, text: str) -> Any:
    return yaml.safe_load(text) if name.endswith(".yaml") else text


def _base(prepared: Prepared) -> Base:
    data = prepared.node.data
    there = {item["name"]: FILE for item in data.get("system", {}).get("file_permissions", [])}
    folders = {str(folder): DIRECTORY for path in there for folder in PurePosixPath(path).parents if str(folder) != "/"}
    groups = {"root", "adm", "shadow", "systemd-journal"}
    install = "[Install]\nWantedBy=multi-user.target\n"
    return Base(
        paths=folders | there,
        accounts={name: _account_file(name, groups) for name in ACCOUNT_FILES},
        units={"systemd-networkd.service": Unit(path="/usr/lib/systemd/system/systemd-networkd.service", text=install)},
        skeleton={},
        packages=tuple(_packages(prepared)),
        kernel="6.1.0",
    )


def _packages(prepared: Prepared) -> list[str]:
    """Those that are asked for; a vendor's image has what the example configures."""
    return list(yaml.safe_load(prepared.files["rootfs-vars.yaml"]).get("packages", ["cloud-init", "openssh-server"]))


def _account_file(name: str, groups: set[str]) -> str:
    if name in ("group", "gshadow"):
        return "".join(f"{group}:x:{number}:\n" for number, group in enumerate(sorted(groups)))
    return "root:x:0:0:root:/root:/bin/bash\n" if name == "passwd" else "root:*:20000:0:99999:7:::\n"


def _replaced(data: Any, before: str, after: str) -> Any:
    if isinstance(data, dict):
        return {_replaced(name, before, after): _replaced(part, before, after) for name, part in data.items()}
    if isinstance(data, list):
        return [_replaced(part, before, after) for part in data]
    return data.replace(before, after) if isinstance(data, str) else data


def _changed(owned: Owned, before: str, after: str) -> Owned:
    change = owned.change
    texts = {name: _replaced(getattr(change, name), before, after) for name in ("owner", "group", "target")}
    content = change.content
    if isinstance(content, bytes):
        content = content.replace(before.encode(), after.encode())
    return replace(owned, change=replace(change, content=content, **texts))
