"""What is hashed, what is not, and why? SHA-256 of RFC 8785 JSON, unset keys left out, taken before defaults.

- rootfsHash: the node's fields of phase `rootfs` (software, kernel and driver packages): they need a package manager;
  and, once a schedule has found newer packages, the digest of their list.
- diskHash: rootfsHash and the fields of phase `disk` (capacity, partitions): images with the same base disk share it.
- specHash: both, every other field of the node, SPEC_FIELDS, and the content of the ConfigMaps that the node refers to:
  the bytes of the image depend on it.
- buildHash: specHash, BUILD_FIELDS and the trigger: where the bytes go and what is tested before.

An image that was built elsewhere has the last two alone: its bytes by their digest, then the URL that they are at and,
where it is booted, what is asked of its boot.

Each holds the versions of its phases. UNHASHED fields change no byte; neither do labels, the names of profiles (only
what they make together counts) and defaults (whoever changes one raises the version of its phase).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from sys import intern
from types import MappingProxyType
from typing import Any, Final

import rfc8785

from airship_images.api.airshipimage import AirshipImage, Source
from airship_images.api.build import SHORT_HASH
from airship_images.api.configmap import Contents
from airship_images.api.merge import Merge, Phase
from airship_images.spec.airship_v1 import is_v1
from airship_images.spec.tree import NODE, Data, Shape
from airship_images.spec.verification import skipped_because

SPEC_FIELDS: Final = ("image.type", "builder.engine", "builder.userDataFileName", "builder.networkConfigFileName")
SOURCE_FIELD: Final = "image.source"
"""Hashed where it is set, with the image's name and type, instead of all that a build depends on."""
BUILD_FIELDS: Final = ("image.outputFileName", "builder.outputMetadataFileName", "output", "verify")
V1_IMAGE: Final = "builder.image"
"""Hashed where the engine is airship-v1."""
UNHASHED: Final = (
    "profiles",  # what they make together is hashed as the node
    "params",  # the same
    "builder.image",  # the native engine's version is in the phases' versions
    "builder.timeout",
    "builder.resources",
    "builder.nodeSelector",
    "rollout",
    "schedule",  # what it finds is in rootfsHash
    "retention",
    "deletionPolicy",
    "suspend",
)
_PLAIN: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)
_SMALL: Final = 1 << 53
"""Integers below it are the same as numbers of JSON."""
LATER_PHASES: Final = ("disk", "configure", "boot", "publish")


@dataclass(frozen=True, kw_only=True)
class Hashes:
    """What tells an image from every other: 64 hex digits each."""

    spec_hash: str
    build_hash: str


@dataclass(frozen=True, kw_only=True)
class Identities(Hashes):
    """Those of an image that we build; `areas`: 10 digits for each variable set, to say what changed."""

    rootfs_hash: str
    disk_hash: str
    areas: Mapping[str, str]


def identify(
    image: AirshipImage,
    node: Data,
    versions: Mapping[str, int],
    trigger: str = "",
    contents: Contents = MappingProxyType({}),
    *,
    packages: str = "",
) -> Identities:
    """The hashes of `image` with `node`, the composed data without defaults, and `contents`, its ConfigMaps.

    `versions` are those of the phases; `trigger` is empty or the time of a rebuild request; `packages` is empty, or
    the digest of the packages that a schedule has found.
    """
    disk_node = of_phase(NODE, node, Phase.DISK)
    later = {phase: versions[phase] for phase in LATER_PHASES}
    found = {"packages": packages} if packages else {}
    rootfs = digest({"node": of_phase(NODE, node, Phase.ROOTFS), "version": versions["rootfs"], **found})
    disk = digest({"rootfs": rootfs, "node": disk_node, "version": versions["disk"]})
    spec = digest(
        {
            "rootfs": rootfs,
            "disk": disk_node,
            "node": of_phase(NODE, node, Phase.CONFIGURE),
            "image": image_fields(image, spec_fields(image)),
            "name": image.metadata.name,
            "versions": later,
            **({"configMaps": _digests(contents)} if contents else {}),
        }
    )
    build = digest({"spec": spec, "image": image_fields(image, BUILD_FIELDS), "trigger": trigger})
    return Identities(spec_hash=spec, build_hash=build, rootfs_hash=rootfs, disk_hash=disk, areas=_variables(node))


def identify_source(image: AirshipImage, source: Source) -> Hashes:
    """The hashes of `image`, which was built elsewhere: the same bytes under another URL are checked again."""
    spec = digest({"source": source.sha256, "type": image.spec.image.type, "name": image.metadata.name})
    tested = {} if skipped_because(image.spec) else image_fields(image, ("verify",))
    return Hashes(spec_hash=spec, build_hash=digest({"spec": spec, "url": source.url, **tested}))


def spec_fields(image: AirshipImage) -> tuple[str, ...]:
    """Those of the AirshipImage that the bytes depend on; a builder that is not ours is one of them."""
    return (*SPEC_FIELDS, V1_IMAGE) if is_v1(image) else SPEC_FIELDS


def digest(value: Any) -> str:
    """SHA-256 of the RFC 8785 JSON of `value`, as 64 hex digits; the same text for whoever holds it, since many do."""
    return intern(hashlib.sha256(canonical(value)).hexdigest())


def canonical(value: Any) -> bytes:
    """The RFC 8785 JSON of `value`: of most values the standard library makes the same bytes, and 15 times as fast.

    Other texts than ASCII sort in another way.
    """
    if _is_plain(value) and (text := _PLAIN.encode(value)).isascii():
        return text.encode()
    return rfc8785.dumps(value)


def _is_plain(value: Any) -> bool:
    """Has it just texts, flags and small integers? Other numbers round, and other keys fail, in another way."""
    if isinstance(value, str):
        return True
    if isinstance(value, dict):
        return {*map(type, value)} <= {str} and all(map(_is_plain, value.values()))
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, bool) or (type(value) is int and -_SMALL < value < _SMALL)


def of_phase(shape: Shape, data: Data, phase: Phase) -> Data:
    """The fields of `data` whose earliest phase is `phase`."""
    chosen: Data = {}
    for name, value in data.items():
        field = shape[name]
        if field.model and field.merge is Merge.DEEP:
            if part := of_phase(field.fields, value, phase):
                chosen[name] = part
        elif field.phase is phase:
            chosen[name] = value
    return chosen


def _digests(contents: Contents) -> Data:
    return {
        name: {key: hashlib.sha256(content).hexdigest() for key, content in values.items()}
        for name, values in contents.items()
    }


def image_fields(image: AirshipImage, paths: Iterable[str]) -> Data:
    """The fields of the AirshipImage's spec at `paths` that are set, by their path."""
    written = image.spec.model_dump(by_alias=True, exclude_none=True, exclude={"params", "profiles"})
    fields = {path: _at(written, path) for path in paths}
    return {path: value for path, value in fields.items() if value not in (None, {})}


def _at(data: Any, path: str) -> Any:
    for name in path.split("."):
        data = data.get(name) if isinstance(data, dict) else None
    return data


def _variables(node: Data) -> dict[str, str]:
    """A short hash of each variable that is set, by area and name: kernel.sysctl. Thousands of images share most."""
    return {
        intern(f"{area}.{name}"): intern(digest(value)[:SHORT_HASH])
        for area, content in node.items()
        for name, value in content.items()
    }
