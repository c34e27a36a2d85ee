"""A namespace may have more images than its catalogue has room for."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from airship_images.api.reasons import Reason
from airship_images.cluster.catalogue import CONFIG_MAP, LIMIT, Catalogues, read
from airship_images.cluster.client import Client, Object, Resource
from airship_images.cluster.store import Store
from airship_images.cluster.table import Key
from tests.api.documents import an_image

NAMESPACE = "default"
KEY = (NAMESPACE, CONFIG_MAP)


class OneConfigMap(Client):
    """An API server that has no ConfigMap yet, and keeps the one that is made."""

    def __init__(self) -> None:
        self.kept: Object | None = None
        self.writes = 0

    async def get(self, resource: Resource, namespace: str, name: str) -> Object | None:
        return self.kept

    async def create(self, resource: Resource, namespace: str, body: Object) -> Object | None:
        self.kept, self.writes = body, self.writes + 1
        return body

    async def replace(self, resource: Resource, namespace: str, body: Object) -> Object | None:
        return await self.create(resource, namespace, body)


def a_published_image(number: int, version: int = 0) -> dict[str, Any]:
    digest = f"{number + 100_000 * version:064x}"
    image = {
        "url": f"http://images.example/{digest}/worker.qcow2",
        "checksum": digest,
        "checksumType": "sha256",
        "format": "qcow2",
        "size": 1,
        "digest": f"sha256:{digest}",
        "shortDigest": digest[:12],
        "buildHash": digest,
        "specHash": digest,
    }
    name = f"image-{number}"
    metadata = {
        "namespace": NAMESPACE,
        "name": name,
        "uid": name,
        "generation": 1,
        "resourceVersion": str(number + 1 + version),
    }
    return {**an_image(name), "metadata": metadata, "status": {"image": image}}


@dataclass
class Namespace:
    """Images, their catalogue, and who is woken by what becomes of it."""

    store: Store = field(default_factory=Store)
    client: OneConfigMap = field(default_factory=OneConfigMap)
    woken: list[Key] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.catalogues = Catalogues(self.client, self.store, lambda: None, changed=self.woken.append)

    def publishes(self, *numbers: int, version: int = 0) -> frozenset[str]:
        """These images, and looks after the catalogue; the names of those that it does not name."""
        for number in numbers:
            self.store.images.put(a_published_image(number, version))
        asyncio.run(self.catalogues.look(KEY))
        return self.store.unnamed[NAMESPACE].images

    def named(self) -> dict[str, str]:
        found = read(self.client.kept)
        assert found is not None
        return {name: str(each.checksum) for name, each in found.spec.files.images.items()}


def test_thousands_of_images_fit() -> None:
    namespace = Namespace()
    assert namespace.publishes(*range(3000)) == frozenset()
    assert (namespace.client.writes, namespace.woken) == (1, [])


def test_a_full_catalogue_keeps_what_it_names_up_to_date_and_takes_no_more() -> None:
    namespace = Namespace()
    namespace.publishes(*range(3000))
    unnamed = namespace.publishes(*range(3000, 5000))
    assert unnamed == {f"image-{number}" for number in range(3000, 5000)}
    assert set(namespace.woken) == {(NAMESPACE, name) for name in unnamed}
    assert namespace.store.unnamed[NAMESPACE].reason == Reason.CATALOGUE_FULL
    assert namespace.client.writes == 1
    assert not namespace.catalogues.is_behind((NAMESPACE, "image-4000")), "looked at again and again"

    namespace.woken.clear()
    assert namespace.publishes(7, version=1) == unnamed
    assert namespace.named()["image-7"] == f"{100_007:064x}"
    assert len(namespace.named()) == 3000
    assert namespace.woken == [(NAMESPACE, "image-7")], (
        "what was told is told again, or what is not named any more is not"
    )


def test_images_are_named_once_there_is_room() -> None:
    namespace = Namespace()
    assert len(namespace.publishes(*range(5000))) == 5000
    assert namespace.client.kept is None, f"more than {LIMIT} bytes were sent"
    for number in range(100, 5000):
        namespace.store.images.remove(a_published_image(number))
    namespace.woken.clear()
    assert namespace.publishes() == frozenset()
    assert len(namespace.named()) == 100
    assert (NAMESPACE, "image-7") in namespace.woken
