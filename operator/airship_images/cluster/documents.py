"""What do an image and its profiles ask for, taken together? Remembered for as long as none of them changes."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Final, Generic, Literal, TypeVar

from airship_images.api.airshipimage import AirshipImage, AirshipImageSpec
from airship_images.api.annotations import pins, rebuild_requested, refresh_requested
from airship_images.api.documents import RawDocument, validate
from airship_images.api.errors import InputError
from airship_images.api.nodeprofile import NodeProfile
from airship_images.api.phases import PHASE_VERSIONS
from airship_images.api.status import AirshipImageStatus
from airship_images.cluster.client import Object
from airship_images.cluster.inputs import check_size
from airship_images.cluster.store import KnownConfigMap, Store
from airship_images.cluster.table import Key, key_of
from airship_images.plan.jobs import image_job_name
from airship_images.plan.state import Problem
from airship_images.spec import (
    Composed,
    Composition,
    Identities,
    Prepared,
    Sourced,
    config_map_names,
    ground_of,
    prepare,
    sourced,
)

Value = TypeVar("Value")
_Slot = Literal["former", "present"]
"""By the phases of an earlier operator, or by ours."""

PROFILES_REMEMBERED: Final = 1024
"""Profiles that are kept as models; each is part of many images."""
GROUNDS_REMEMBERED: Final = 256
"""Ordered profiles of which is kept what they make together, some 10 KiB each."""
IMAGES_REMEMBERED: Final = 64
"""The same of images: as many as are looked at together."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of documents in these versions: all that is kept of them, since thousands are."""

    documents: Hashable
    made: Identities | Problem
    fits: bool = False
    """Is it known that the inputs have room in the cluster?"""


@dataclass(frozen=True, slots=True)
class _Wish:
    """What asks for a build beyond the documents, as spec.prepare takes it."""

    trigger: str
    packages: str


class Documents:
    """The documents of the store, validated and prepared."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._images: _Recent[AirshipImage | NodeProfile | Problem] = _Recent(IMAGES_REMEMBERED)
        self._profiles: _Recent[AirshipImage | NodeProfile | Problem] = _Recent(PROFILES_REMEMBERED)
        self._named: _Recent[frozenset[str]] = _Recent(PROFILES_REMEMBERED)
        self._grounds: _Recent[Composed] = _Recent(GROUNDS_REMEMBERED)
        self._outcomes: dict[tuple[Key, _Slot], _Outcome] = {}

    def of_image(
        self, raw: Object, status: AirshipImageStatus
    ) -> tuple[AirshipImageSpec | None, Prepared | Sourced | Problem]:
        """The image's spec, if it is valid, and what it makes of its profiles.

        What an earlier version of the operator published, or builds right now, stays the same build with this one.
        """
        image = self._valid(raw)
        if isinstance(image, Problem):
            return None, image
        if not isinstance(image, AirshipImage):
            raise TypeError(f"{raw['metadata']['name']} is stored as an image and is a {raw.get('kind')}")
        try:
            annotations = raw["metadata"].get("annotations", {})
            refresh_requested(annotations)  # so that wrong ones are told of as well
            pins(annotations)
            wish = _Wish(rebuild_requested(annotations) or status.trigger or "", status.packages or "")
        except InputError as error:
            return image.spec, Problem(error.reason, error.message)
        if (source := image.spec.image.source) is not None:
            return image.spec, _or_problem(lambda: sourced(image, source))
        if status.phases is not None and status.phases != PHASE_VERSIONS:
            versions = MappingProxyType({**PHASE_VERSIONS, **status.phases})
            former = self._made("former", raw, image, wish, versions)
            if isinstance(former, Prepared) and self._is_begun(raw, status, former.identities.build_hash):
                return image.spec, former
        return image.spec, self._made("present", raw, image, wish, PHASE_VERSIONS)

    def that_fits(self, key: Key, prepared: Prepared) -> Prepared | Problem:
        """The same, if its inputs have room in the cluster: asked before a Job is started, since they are rendered."""
        known = self._outcomes.get((key, "present"))
        if known is None or known.made != prepared.identities or known.fits:
            return prepared
        try:
            check_size(prepared.rootfs_files)
            check_size(prepared.image_files)
        except InputError as error:
            problem = Problem(error.reason, error.message)
            self._outcomes[key, "present"] = replace(known, made=problem)
            return problem
        self._outcomes[key, "present"] = replace(known, fits=True)
        return prepared

    def forget(self, image: Key) -> None:
        """There is no such image any more."""
        self._outcomes.pop((image, "former"), None)
        self._outcomes.pop((image, "present"), None)

    def _is_begun(self, raw: Object, status: AirshipImageStatus, build_hash: str) -> bool:
        """Is this build published, or is its Job there?"""
        if status.image is not None and status.image.build_hash == build_hash:
            return True
        metadata = raw["metadata"]
        return self._store.jobs.get((metadata["namespace"], image_job_name(metadata["name"], build_hash))) is not None

    def _made(
        self, slot: _Slot, raw: Object, image: AirshipImage, wish: _Wish, versions: Mapping[str, int]
    ) -> Prepared | Problem:
        """Composed and checked once for as long as no document changes; `slot` tells of whose `versions` it is."""
        key = key_of(raw)
        profiles = self._named_profiles(key[0], image)
        maps = self._known_config_maps(key[0], self.config_maps_of(raw))
        documents = (
            _version(raw),
            *((name, _version(profile)) for name, profile in profiles.items()),
            *((name, each.version) for name, each in maps.items()),
            wish,
            None if slot == "present" else tuple(versions.items()),
        )
        known = self._outcomes.get((key, slot))
        if known is not None and known.documents == documents and isinstance(known.made, Problem):
            return known.made
        valid = self._valid_profiles(profiles)
        if isinstance(valid, Problem):
            return valid
        contents = {name: each.values for name, each in maps.items()}
        if known is not None and known.documents == documents and isinstance(known.made, Identities):
            composition = Composition(image, valid, contents)
            return Prepared(composition, known.made, wish.trigger, wish.packages, versions)
        ordered = (*image.spec.profile_names, *map(_version, profiles.values()))
        made = _or_problem(
            lambda: prepare(
                image,
                valid,
                config_maps=contents,
                trigger=wish.trigger,
                packages=wish.packages,
                versions=versions,
                ground=self._grounds.get(ordered, partial(ground_of, image, valid)),
            )
        )
        self._outcomes[key, slot] = _Outcome(documents, made if isinstance(made, Problem) else made.identities)
        return made

    def config_maps_of(self, raw: Object) -> frozenset[str]:
        """The ConfigMaps that the image and its profiles name; none of a document that is not valid."""
        image = self._valid(raw)
        if not isinstance(image, AirshipImage):
            return frozenset()
        named = config_map_names(image.spec.params) if image.spec.params else frozenset()
        for name in image.spec.profile_names:
            profile = self._store.profiles.get((raw["metadata"]["namespace"], name))
            if profile is not None:
                named |= self._named.get(_version(profile), partial(self._named_by, profile))
        return named

    def _named_by(self, raw: Object) -> frozenset[str]:
        profile = self._profiles.get(_version(raw), partial(_read, raw))
        return config_map_names(profile.spec) if isinstance(profile, NodeProfile) else frozenset()

    def _named_profiles(self, namespace: str, image: AirshipImage) -> dict[str, Object]:
        """Those of the profiles that the image names which are there."""
        found = {name: self._store.profiles.get((namespace, name)) for name in image.spec.profile_names}
        return {name: profile for name, profile in found.items() if profile is not None}

    def _known_config_maps(self, namespace: str, names: Iterable[str]) -> dict[str, KnownConfigMap]:
        found = {name: self._store.config_maps.get((namespace, name)) for name in sorted(names)}
        return {name: each for name, each in found.items() if each is not None}

    def _valid_profiles(self, raws: Mapping[str, Object]) -> dict[str, NodeProfile] | Problem:
        profiles: dict[str, NodeProfile] = {}
        for name, raw in raws.items():
            profile = self._profiles.get(_version(raw), partial(_read, raw))
            if isinstance(profile, Problem):
                return Problem(profile.reason, f"NodeProfile/{name}: {profile.message}")
            if isinstance(profile, NodeProfile):
                profiles[name] = profile
        return profiles

    def _valid(self, raw: Object) -> AirshipImage | NodeProfile | Problem:
        return self._images.get(_version(raw), partial(_read, raw))


def _or_problem(make: Callable[[], Value]) -> Value | Problem:
    """What it makes, or what is wrong with the documents."""
    try:
        return make()
    except InputError as error:
        return Problem(error.reason, error.message)


class _Recent(Generic[Value]):
    """The results that were asked for last."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[Hashable, Value] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        if key in self._values:
            self._values.move_to_end(key)
            return self._values[key]
        value = self._values[key] = make()
        if len(self._values) > self._size:
            self._values.popitem(last=False)
        return value


def _version(raw: Object) -> tuple[str, int]:
    """What changes with the spec alone."""
    return raw["metadata"]["uid"], raw["metadata"]["generation"]


def _read(raw: Object) -> AirshipImage | NodeProfile | Problem:
    name = f"{raw['metadata']['namespace']}/{raw['metadata']['name']}"
    document = {"apiVersion": raw["apiVersion"], "kind": raw["kind"], "metadata": raw["metadata"], "spec": raw["spec"]}
    try:
        return validate(RawDocument(source=name, index=0, data=document))
    except InputError as error:
        return Problem(error.reason, error.message)
