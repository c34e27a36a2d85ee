"""What do an image and its profiles ask for, taken together? Remembered for as long as none of them changes."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import partial
from typing import Final, Generic, TypeVar

from airship_images.api.airshipimage import AirshipImage, AirshipImageSpec
from airship_images.api.configmap import Contents
from airship_images.api.documents import RawDocument, validate
from airship_images.api.errors import InputError
from airship_images.api.nodeprofile import NodeProfile
from airship_images.cluster.client import Object
from airship_images.cluster.inputs import check_size
from airship_images.cluster.store import Store
from airship_images.plan.state import Problem
from airship_images.spec import Prepared, config_map_names, prepare

Value = TypeVar("Value")

REMEMBERED: Final = 1024
"""Results that are kept of each kind: working one out takes milliseconds, and most images are looked at again soon."""


class Documents:
    """The documents of the store, validated and prepared."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._validated: _Recent[AirshipImage | NodeProfile | Problem] = _Recent(REMEMBERED)
        self._prepared: _Recent[Prepared | Problem] = _Recent(REMEMBERED)
        self._named: _Recent[frozenset[str]] = _Recent(REMEMBERED)

    def of_image(self, raw: Object) -> tuple[AirshipImageSpec | None, Prepared | Problem]:
        """The image's spec, if it is valid, and what it makes of its profiles."""
        image = self._valid(raw)
        if isinstance(image, Problem):
            return None, image
        if not isinstance(image, AirshipImage):
            raise TypeError(f"{raw['metadata']['name']} is stored as an image and is a {raw.get('kind')}")
        found = {
            each.name: self._store.profiles.get((raw["metadata"]["namespace"], each.name))
            for each in image.spec.profiles
        }
        profiles = {name: profile for name, profile in found.items() if profile is not None}
        maps = {
            name: known
            for name in sorted(self.config_maps_of(raw))
            if (known := self._store.config_maps.get((raw["metadata"]["namespace"], name)))
        }
        version = (
            _version(raw),
            *((name, _version(profile)) for name, profile in profiles.items()),
            *((name, known.version) for name, known in maps.items()),
        )
        contents = {name: known.values for name, known in maps.items()}
        return image.spec, self._prepared.get(version, lambda: self._prepare(image, profiles, contents))

    def config_maps_of(self, raw: Object) -> frozenset[str]:
        """The ConfigMaps that the image and its profiles name; none of a document that is not valid."""
        image = self._valid(raw)
        if not isinstance(image, AirshipImage):
            return frozenset()
        named = config_map_names(image.spec.params) if image.spec.params else frozenset()
        for each in image.spec.profiles:
            profile = self._store.profiles.get((raw["metadata"]["namespace"], each.name))
            if profile is not None:
                named |= self._named.get(_version(profile), partial(self._named_by, profile))
        return named

    def _named_by(self, raw: Object) -> frozenset[str]:
        profile = self._valid(raw)
        return config_map_names(profile.spec) if isinstance(profile, NodeProfile) else frozenset()

    def _prepare(self, image: AirshipImage, raws: dict[str, Object], contents: Contents) -> Prepared | Problem:
        profiles: dict[str, NodeProfile] = {}
        for name, raw in raws.items():
            profile = self._valid(raw)
            if isinstance(profile, Problem):
                return Problem(profile.reason, f"NodeProfile/{name}: {profile.message}")
            if isinstance(profile, NodeProfile):
                profiles[name] = profile
        try:
            prepared = prepare(image, profiles, config_maps=contents)
            check_size(prepared.rootfs_files)
            check_size(prepared.image_files)
        except InputError as error:
            return Problem(error.reason, error.message)
        return prepared

    def _valid(self, raw: Object) -> AirshipImage | NodeProfile | Problem:
        return self._validated.get(_version(raw), lambda: _read(raw))


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
