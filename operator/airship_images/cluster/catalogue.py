"""How is the catalogue of a namespace kept? Worked out of the store, and written where the ConfigMap differs.

One writer for each namespace: many images share the ConfigMap, and of a burst of them one write tells.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

import yaml
from pydantic import TypeAdapter, ValidationError

from airship_images.api.annotations import FINALIZER
from airship_images.api.catalogue import VersionsCatalogue
from airship_images.api.errors import OutsideError
from airship_images.api.reasons import Reason
from airship_images.api.status import HistoryEntry, ImageStatus
from airship_images.cluster import labels
from airship_images.cluster.client import CONFIGMAPS, Client, Object
from airship_images.cluster.store import Store, profiles_of
from airship_images.cluster.table import Key
from airship_images.plan.catalogue import NOTHING, Entry, Unnamed, catalogue, entries, entry
from airship_images.plan.desired import chosen
from airship_images.plan.host_image import image_of
from airship_images.spec.dump import dump

log = logging.getLogger(__name__)

CONFIG_MAP: Final = "airship-images-catalogue"
FILE: Final = "versions.yaml"
"""The key of the ConfigMap that holds the document."""
LIMIT: Final = 1000 << 10
"""Bytes of the document: about 3,500 images. The API server takes 1 MiB in a ConfigMap."""
FULL: Final = (
    f"ConfigMap {CONFIG_MAP} holds {LIMIT >> 10} KiB, some 3,500 images, and has no room for what is published: "
    "spread the images over namespaces, or delete the ConfigMap to drop the entries of images that are gone"
)
_Loader: Final = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
_HISTORY: Final = TypeAdapter(list[HistoryEntry])


class Catalogues:
    """Writes what is published."""

    def __init__(
        self, client: Client, store: Store, require_lease: Callable[[], None], *, changed: Callable[[Key], None]
    ) -> None:
        """`require_lease` raises LostLeaseError when nothing may be written any more.

        `changed` hears of each image that its catalogue ceases to name, or names again, or of which it names another
        artifact.
        """
        self._client = client
        self._store = store
        self._require_lease = require_lease
        self._changed = changed
        self._told: dict[Key, Entry] = {}
        """By image, what its catalogue says of it as far as we know."""

    def is_behind(self, image: Key) -> bool:
        """Is there anything to tell of the image? Asked after each of its changes, most of which are progress."""
        return self._entry(image) != self._told.get(image)

    async def look(self, key: Key) -> None:
        """Bring the catalogue of this namespace up to date; raises ApiException or OutsideError, then look again."""
        namespace = key[0]
        present = {name: each for (_, name), each in self._entries(namespace)}
        found = await self._client.get(CONFIGMAPS, *key)
        if found is not None and labels.CATALOGUE not in found["metadata"].get("labels", {}):
            taken = f"ConfigMap {CONFIG_MAP} of namespace {namespace} is not ours: rename it, or nothing is catalogued"
            self._note(namespace, Unnamed(frozenset(present), Reason.CATALOGUE_TAKEN, taken))
            raise OutsideError(taken, reason=Reason.CATALOGUE_TAKEN)
        former = read(found)
        as_it_is = former if found is not None else NOTHING
        text, unnamed = _that_fits(present, former or NOTHING, as_it_is, self._withdrawn(namespace))
        if text is not None:
            self._require_lease()
            await self._write(key, found, text)
            self._release(namespace, present, former or NOTHING)
        self._note(namespace, Unnamed(unnamed, Reason.CATALOGUE_FULL, FULL if unnamed else ""))
        for image in [image for image in self._told if image[0] == namespace]:
            del self._told[image]
        self._told |= {(namespace, name): each for name, each in present.items()}

    def _release(self, namespace: str, present: Mapping[str, Entry], former: VersionsCatalogue) -> None:
        """Let the artifacts go that are not named any more: the last look at who names them is out of date."""
        withdrawn = self._withdrawn(namespace)
        for name, each in entries(former).items():
            if name in withdrawn or (name in present and present[name].image != each.image):
                self._store.references = None
                self._changed((namespace, name))

    def _note(self, namespace: str, unnamed: Unnamed) -> None:
        """For the images' status to tell of."""
        former = self._store.unnamed.get(namespace, Unnamed())
        self._store.unnamed[namespace] = unnamed
        if unnamed.images and unnamed != former:
            log.error("%d images of namespace %s are not in its catalogue", len(unnamed.images), namespace)
        same = former.images & unnamed.images if former.message == unnamed.message else frozenset()
        for name in (former.images | unnamed.images) - same:
            self._changed((namespace, name))

    async def _write(self, key: Key, found: Object | None, text: str) -> None:
        """Bound to the version that was read: what another one changed since is looked at again."""
        if found is None:
            written = await self._client.create(CONFIGMAPS, key[0], {**_empty(key), "data": {FILE: text}})
        else:
            body = {**found, "data": {**found.get("data", {}), FILE: text}}
            written = await self._client.replace(CONFIGMAPS, key[0], body)
        if written is None:
            raise OutsideError(f"ConfigMap {CONFIG_MAP} of namespace {key[0]} was changed by another one meanwhile")

    def _withdrawn(self, namespace: str) -> list[str]:
        """The images that are deleted and take their artifacts with them."""
        deleted = ((key, raw) for key, raw in self._store.images.in_namespace(namespace) if _takes_artifacts(raw))
        return [key[1] for key, raw in deleted if _published(raw) is None]

    def _entries(self, namespace: str) -> list[tuple[Key, Entry]]:
        named = ((key, self._entry(key)) for key, _ in self._store.images.in_namespace(namespace))
        return [(key, each) for key, each in named if each is not None]

    def _entry(self, image: Key) -> Entry | None:
        raw = self._store.images.get(image)
        artifact = _published(raw) if raw is not None else None
        if artifact is None:
            return None
        return entry(image_of(artifact.url, artifact.digest, artifact.format), profiles_of(raw))


def _that_fits(
    present: Mapping[str, Entry], former: VersionsCatalogue, as_it_is: VersionsCatalogue | None, withdrawn: list[str]
) -> tuple[str | None, frozenset[str]]:
    """The text of the document if it is another one than there is, and the images that it has no room for.

    One that would be too large names no more images than it did, each of them as it is now.
    """
    wanted = catalogue(present, former, withdrawn=withdrawn)
    text = None if wanted == as_it_is else dump(wanted.dump())
    if _fits(text):
        return text, frozenset()
    known = entries(former)
    fewer = {name: each for name, each in present.items() if name in known}
    wanted = catalogue(fewer, former, withdrawn=withdrawn)
    text = None if wanted == as_it_is else dump(wanted.dump())
    if _fits(text):
        return text, frozenset(present.keys() - fewer.keys())
    return None, frozenset(name for name, each in present.items() if known.get(name) != each)


def _fits(text: str | None) -> bool:
    return text is None or len(text.encode()) <= LIMIT


def read(config_map: Mapping[str, Any] | None) -> VersionsCatalogue | None:
    """The document in the ConfigMap; None where there is none, or one that nobody can read."""
    text = ((config_map or {}).get("data") or {}).get(FILE)
    try:
        return None if text is None else VersionsCatalogue.model_validate(yaml.load(text, _Loader))  # noqa: S506
    except (yaml.YAMLError, ValidationError):
        return None


def _takes_artifacts(image: Object) -> bool:
    metadata = image["metadata"]
    return "deletionTimestamp" in metadata and FINALIZER in metadata.get("finalizers", ())


def _published(image: Object) -> ImageStatus | None:
    """The artifact that hosts should run; None of a status that another version of the operator wrote."""
    status, rollout = image.get("status", {}), image["spec"].get("rollout") or {}
    try:
        found = ImageStatus.model_validate(status["image"]) if "image" in status else None
        return chosen(rollout.get("digest"), found, _HISTORY.validate_python(status.get("history", [])))
    except ValidationError:
        return None


def _empty(key: Key) -> Object:
    return {
        "apiVersion": CONFIGMAPS.api_version,
        "kind": CONFIGMAPS.kind,
        "metadata": {
            "namespace": key[0],
            "name": key[1],
            "labels": {labels.MANAGED_BY: labels.MANAGER, labels.CATALOGUE: "true"},
        },
    }
