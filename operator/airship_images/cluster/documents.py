"""What do an image and its profiles ask for, taken together? Remembered for as long as none of them changes."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Final, Generic, TypeVar

from airship_images.api.airshipimage import AirshipImage, AirshipImageSpec
from airship_images.api.annotations import pins, rebuild_requested, refresh_requested
from airship_images.api.documents import RawDocument, validate
from airship_images.api.errors import InputError
from airship_images.api.nodeprofile import NodeProfile
from airship_images.api.phases import PHASE_VERSIONS
from airship_images.api.status import AirshipImageStatus
from airship_images.cluster.client import Object
from airship_images.cluster.inputs import check_size
from airship_images.cluster.store import Store
from airship_images.plan.jobs import image_job_name
from airship_images.plan.state import Problem
from airship_images.spec import Prepared, Sourced, config_map_names, prepare, sourced

Value = TypeVar("Value")

REMEMBERED: Final = 1024
"""Results that are kept of each kind: working one out takes milliseconds, and most images are looked at again soon."""


@dataclass(frozen=True)
class _Wish:
    """What asks for a build beyond the documents, as spec.prepare takes it."""

    trigger: str
    packages: str


class Documents:
    """The documents of the store, validated and prepared."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._validated: _Recent[AirshipImage | NodeProfile | Problem] = _Recent(REMEMBERED)
        self._prepared: _Recent[Prepared | Problem] = _Recent(REMEMBERED)
        self._sourced: _Recent[Sourced | Problem] = _Recent(REMEMBERED)
        self._named: _Recent[frozenset[str]] = _Recent(REMEMBERED)

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
            return image.spec, self._sourced.get(_version(raw), lambda: _made(lambda: sourced(image, source)))
        if status.phases is not None and status.phases != PHASE_VERSIONS:
            former = self._made(raw, image, wish, MappingProxyType({**PHASE_VERSIONS, **status.phases}))
            if isinstance(former, Prepared) and self._is_begun(raw, status, former.identities.build_hash):
                return image.spec, former
        found = self._made(raw, image, wish, PHASE_VERSIONS)
        if isinstance(found, Prepared) and not self._is_begun(raw, status, found.identities.build_hash):
            return image.spec, _that_fits(found)  # what is begun has its inputs in the cluster, or needs them no more
        return image.spec, found

    def _is_begun(self, raw: Object, status: AirshipImageStatus, build_hash: str) -> bool:
        """Is this build published, or is its Job there?"""
        if status.image is not None and status.image.build_hash == build_hash:
            return True
        metadata = raw["metadata"]
        return self._store.jobs.get((metadata["namespace"], image_job_name(metadata["name"], build_hash))) is not None

    def _made(self, raw: Object, image: AirshipImage, wish: "_Wish", versions: Mapping[str, int]) -> Prepared | Problem:
        namespace = raw["metadata"]["namespace"]
        found = {name: self._store.profiles.get((namespace, name)) for name in image.spec.profile_names}
        profiles = {name: profile for name, profile in found.items() if profile is not None}
        maps = {
            name: known
            for name in sorted(self.config_maps_of(raw))
            if (known := self._store.config_maps.get((namespace, name)))
        }
        key = (
            _version(raw),
            *((name, _version(profile)) for name, profile in profiles.items()),
            *((name, known.version) for name, known in maps.items()),
            wish,
            tuple(versions.items()),
        )

        def make() -> Prepared | Problem:
            contents = {name: known.values for name, known in maps.items()}
            return self._prepare(
                profiles,
                lambda valid: prepare(
                    image,
                    valid,
                    config_maps=contents,
                    trigger=wish.trigger,
                    packages=wish.packages,
                    versions=versions,
                ),
            )

        return self._prepared.get(key, make)

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
        profile = self._valid(raw)
        return config_map_names(profile.spec) if isinstance(profile, NodeProfile) else frozenset()

    def _prepare(
        self, raws: Mapping[str, Object], make: Callable[[Mapping[str, NodeProfile]], Prepared]
    ) -> Prepared | Problem:
        profiles: dict[str, NodeProfile] = {}
        for name, raw in raws.items():
            profile = self._valid(raw)
            if isinstance(profile, Problem):
                return Problem(profile.reason, f"NodeProfile/{name}: {profile.message}")
            if isinstance(profile, NodeProfile):
                profiles[name] = profile
        return _made(lambda: make(profiles))

    def _valid(self, raw: Object) -> AirshipImage | NodeProfile | Problem:
        return self._validated.get(_version(raw), lambda: _read(raw))


def _made(make: Callable[[], Value]) -> Value | Problem:
    """What it makes, or what is wrong with the documents."""
    try:
        return make()
    except InputError as error:
        return Problem(error.reason, error.message)


def _that_fits(prepared: Prepared) -> Prepared | Problem:
    """The same, if its inputs have room in the cluster."""
    try:
        check_size(prepared.rootfs_files)
        check_size(prepared.image_files)
    except InputError as error:
        return Problem(error.reason, error.message)
    return prepared


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
