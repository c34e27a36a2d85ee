"""A namespace may have more images than its catalogue has room for."""

import asyncio
import logging
from typing import Any

import pytest

from airship_images.cluster.catalogue import CONFIG_MAP, Catalogues
from airship_images.cluster.client import Client, Object, Resource
from airship_images.cluster.store import Store
from tests.api.documents import an_image

KEY = ("default", CONFIG_MAP)


class Empty(Client):
    """An API server that has no ConfigMap yet, and takes those that are made."""

    def __init__(self) -> None:
        self.made: list[Object] = []

    async def get(self, resource: Resource, namespace: str, name: str) -> Object | None:
        return None

    async def create(self, resource: Resource, namespace: str, body: Object) -> Object | None:
        self.made.append(body)
        return body


def a_published_image(number: int) -> dict[str, Any]:
    digest = f"{number:064x}"
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
    metadata = {"namespace": "default", "name": name, "uid": name, "generation": 1, "resourceVersion": str(number + 1)}
    return {**an_image(name), "metadata": metadata, "status": {"image": image}}


def catalogued(count: int) -> tuple[Catalogues, Empty]:
    store, client = Store(), Empty()
    for number in range(count):
        store.images.put(a_published_image(number))
    catalogues = Catalogues(client, store, require_lease=lambda: None)
    asyncio.run(catalogues.look(KEY))
    return catalogues, client


def test_thousands_of_images_fit() -> None:
    _, client = catalogued(3000)
    assert len(client.made) == 1


def test_what_no_configmap_holds_is_told_of_and_not_tried_again_and_again(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        catalogues, client = catalogued(5000)
    assert client.made == []
    assert "the catalogue of namespace default is as it was" in caplog.text
    assert not catalogues.is_behind(("default", "image-1"))
