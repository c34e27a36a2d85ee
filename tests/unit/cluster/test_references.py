"""Who names an artifact, as the cluster's objects say it."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any, cast

import pytest
import yaml
from kubernetes.aio.client.exceptions import ApiException

from airship_images.api.catalogue import CatalogueFiles, CatalogueImage, CatalogueSpec, VersionsCatalogue
from airship_images.cluster.client import Client, Object, Resource
from airship_images.cluster.references import Referrers
from airship_images.cluster.store import Store
from airship_images.plan.references import References

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
A, B = "a" * 64, "b" * 64


class Cluster:
    """What the API server would list, by plural; an exception is what it answers instead."""

    def __init__(self, **objects: list[Object] | Exception | None) -> None:
        self._objects = objects
        self.asked: list[tuple[str, str | None]] = []

    async def preferred_version(self, _: str) -> str | None:
        return "v1beta1"

    async def list(
        self, resource: Resource, namespace: str | None, *, labels: str | None
    ) -> tuple[list[Object], str] | None:
        self.asked.append((resource.plural, namespace))
        found = self._objects.get(resource.plural)
        if isinstance(found, Exception):
            raise found
        return None if found is None else (found, "1")


def look(
    cluster: Cluster, *images: Object, namespaces: tuple[str, ...] = (), hosts: tuple[str, ...] = ()
) -> References:
    store = Store()
    for image in images:
        store.images.put(image)
    client = cast(Client, cluster)
    return asyncio.run(Referrers(client, store, lambda: NOW, namespaces=namespaces, host_namespaces=hosts).look())


def an_object(name: str, **content: Any) -> Object:
    return {"metadata": {"namespace": "metal", "name": name, "uid": name, "resourceVersion": "1"}, **content}


def a_catalogue(digest: str) -> Object:
    entry = CatalogueImage(url=f"http://images.example/{digest}/a.qcow2", checksum=digest, format="qcow2")
    document = VersionsCatalogue(spec=CatalogueSpec(files=CatalogueFiles(images={"worker": entry})))
    return an_object("catalogue", data={"versions.yaml": yaml.safe_dump(document.dump())})


@pytest.mark.parametrize(
    ("plural", "raw"),
    [
        ("baremetalhosts", an_object("one", spec={"image": {"url": f"http://a/{A}/b", "checksum": "http://a/sums"}})),
        ("baremetalhosts", an_object("one", status={"provisioning": {"image": {"checksum": A}}})),
        ("metal3machinetemplates", an_object("one", spec={"template": {"spec": {"image": {"checksum": A}}}})),
        ("dataimages", an_object("one", spec={"url": f"http://a/{A}/data.iso"})),
        ("configmaps", a_catalogue(A)),
    ],
)
def test_an_artifact_is_named_wherever_its_digest_is(plural: str, raw: Object) -> None:
    found = look(Cluster(**{plural: [raw]}))
    assert found.unknown is None
    assert set(found.found) == {A}
    assert found.to(B, own="") == frozenset()


@pytest.mark.parametrize(
    "text",
    [
        f"→{A}",
        f"“{A}”",
        f"\b{A}",
        f"http://a/b?of=sha256%3a{A}",
        json.dumps({"note": f"→{A}"}),
        A.upper(),
    ],
)
def test_a_digest_is_found_behind_any_character_and_however_it_is_written(text: str) -> None:
    host = an_object("one")
    host["metadata"]["annotations"] = {"site/keeps": text}
    assert A in look(Cluster(baremetalhosts=[host])).found


@pytest.mark.parametrize("text", [f"0{A}", f"{A}0", A[1:], f"%3A0{A}", f"\\u20190{A}"])
def test_a_part_of_a_longer_number_is_no_digest(text: str) -> None:
    assert not look(Cluster(baremetalhosts=[an_object("one", spec={"text": text})])).found


@pytest.mark.parametrize("plural", ["baremetalhosts", "metal3machinetemplates", "dataimages", "configmaps"])
@pytest.mark.parametrize("answer", [ApiException(status=403), ApiException(status=503), TimeoutError()], ids=repr)
def test_what_cannot_be_listed_makes_all_unknown(plural: str, answer: Exception) -> None:
    found = look(Cluster(**{plural: answer, "baremetalhosts": answer if plural == "baremetalhosts" else []}))
    assert found.unknown is not None
    assert found.unknown.startswith(f"{plural} cannot be listed")
    assert not found.found


def test_a_catalogue_that_nobody_can_read_makes_all_unknown() -> None:
    found = look(Cluster(configmaps=[an_object("catalogue", data={"versions.yaml": "{"})]))
    assert found.unknown is not None


def test_a_kind_that_the_cluster_does_not_have_names_nothing() -> None:
    assert look(Cluster()) == References(NOW)


def test_another_image_names_what_it_offers_pins_and_asks_for_and_not_what_it_has_withdrawn() -> None:
    offers = {"history": [{"digest": f"sha256:{A}"}, {"digest": f"sha256:{B}", "withdrawnAt": "2026-03-01T12:00:00Z"}]}
    other = an_object("other", spec={}, status=offers)
    assert look(Cluster(), other).found == {A: frozenset({"AirshipImage metal/other"})}
    pins = an_object("other", spec={"rollout": {"digest": f"sha256:{A}"}})
    pins["metadata"]["annotations"] = {"airshipit.org/pinned": B}
    assert set(look(Cluster(), pins).found) == {A, B}


def test_an_operator_of_some_namespaces_looks_there_and_where_its_hosts_are() -> None:
    cluster = Cluster()
    look(cluster, namespaces=("a",), hosts=("metal",))
    assert {where for kind, where in cluster.asked if kind == "baremetalhosts"} == {"a", "metal"}
    assert {where for kind, where in cluster.asked if kind == "configmaps"} == {"a"}
    everywhere = Cluster()
    look(everywhere, namespaces=("a",), hosts=("*",))
    assert {where for kind, where in everywhere.asked if kind == "dataimages"} == {None}
