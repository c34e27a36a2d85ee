"""What is remembered of documents hides no change: an operator that looked often plans as one that just began."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from airship_images.api.airshipimage import AirshipImage
from airship_images.api.configmap import values
from airship_images.api.errors import InputError
from airship_images.api.nodeprofile import NodeProfile
from airship_images.api.phases import PHASE_VERSIONS
from airship_images.cluster.client import CONFIGMAPS, Client, Object, Resource
from airship_images.cluster.gather import Gatherer
from airship_images.cluster.store import Store
from airship_images.cluster.table import Key
from airship_images.plan.plan import Plan, plan
from airship_images.plan.state import Policy
from airship_images.spec import prepare
from tests.api.documents import a_config_map, a_profile, an_image

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
POLICY = Policy("builder:1", frozenset(), "airship-images", "http://images.example/")
IMAGES = ("one", "two")
PROFILES = ("base", "worker")
MAPS = ("site", "more")


class ConfigMapsOnly(Client):
    """An API server of which nothing but ConfigMaps is asked."""

    def __init__(self, held: dict[str, Object]) -> None:
        self._held = held

    async def get(self, resource: Resource, namespace: str, name: str) -> Object | None:
        assert resource is CONFIGMAPS
        return self._held.get(name)


@dataclass
class Cluster:
    """Documents that change, and the store that hears of each change as from a watch."""

    store: Store = field(default_factory=Store)
    maps: dict[str, Object] = field(default_factory=dict)
    version: int = 0

    def stored(self, document: Object, former: Object | None) -> Object:
        """As the API server would store it: the generation tells of specs alone, another UID of another object."""
        self.version += 1
        metadata = {**document["metadata"], "namespace": "default", "resourceVersion": str(self.version)}
        if former is None:
            return {**document, "metadata": {**metadata, "uid": f"uid-{self.version}", "generation": 1}}
        generation = former["metadata"]["generation"] + (former.get("spec") != document.get("spec"))
        return {**document, "metadata": {**metadata, "uid": former["metadata"]["uid"], "generation": generation}}

    def put_image(self, name: str, document: Object) -> None:
        former = self.store.images.get(("default", name))
        status = {"status": former["status"]} if former is not None and "status" in former else {}
        self.store.images.put(self.stored({**document, **status}, former))

    def put_profile(self, name: str, document: Object) -> None:
        self.store.profiles.put(self.stored(document, self.store.profiles.get(("default", name))))

    def put_map(self, name: str, document: Object) -> None:
        self.maps[name] = self.stored(document, self.maps.get(name))
        if self.store.images_of_config_map(("default", name)):
            self.store.config_maps.put(self.maps[name])

    def put_status(self, name: str, status: Object) -> None:
        raw = self.store.images.get(("default", name))
        if raw is not None:
            self.store.images.put(self.stored({**raw, "status": {**raw.get("status", {}), **status}}, raw))

    def remove(self, kind: str, name: str) -> None:
        """A ConfigMap, profile or image is deleted."""
        if kind == "map":
            found = self.maps.pop(name, None)
            if found is not None:
                self.store.config_maps.remove(found)
            return
        table = self.store.profiles if kind == "profile" else self.store.images
        raw = table.get(("default", name))
        if raw is not None:
            table.remove(raw)


Edit = Callable[[Cluster], None]
FILE = {"name": "/etc/site.conf", "content_from": {"configMapName": "site", "key": "site.conf"}}
TEXTS = st.sampled_from(["one", "two", "three"])
PARAMS: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({}),
    TEXTS.map(lambda text: {"params": {"system": {"banners": {"motd": text}}}}),
    st.just({"params": {"system": {"files": [FILE]}}}),
    st.just({"params": {"software": {"rootfs_arch": "arm64"}}}),
)
REST = st.fixed_dictionaries(
    {"profiles": st.lists(st.sampled_from(PROFILES), min_size=1, max_size=2, unique=True)},
    optional={"suspend": st.booleans(), "verify": st.fixed_dictionaries({"boot": st.booleans()})},
)
REQUESTS = st.sampled_from(
    [{}, {"airshipit.org/rebuild-requested": "2026-03-01T11:00:00Z"}, {"airshipit.org/rebuild-requested": "?"}]
)
AREAS = st.one_of(
    TEXTS.map(
        lambda text: {"kernel": {"kernel_base_pkg": "linux-image-amd64", "sysctl": [{"name": "a", "value": text}]}}
    ),
    st.just({"system": {"files": [FILE]}}),
    st.just({"system": {"banners": {"motd": "$6$salt$0123456789abcdef"}}}),
    st.just({"software": {"nonsense": True}}),
)


def an_edited_image(name: str, rest: dict[str, Any], params: dict[str, Any], asked: dict[str, str]) -> Edit:
    named = {**rest, "profiles": [{"name": each} for each in rest["profiles"]]}
    document = an_image(name, **named, **params)
    document["metadata"]["annotations"] = asked
    return lambda cluster: cluster.put_image(name, document)


EDITS: st.SearchStrategy[Edit] = st.one_of(
    st.builds(an_edited_image, st.sampled_from(IMAGES), REST, PARAMS, REQUESTS),
    st.builds(
        lambda name, areas: lambda cluster: cluster.put_profile(name, a_profile(name, **areas)),
        st.sampled_from(PROFILES),
        AREAS,
    ),
    st.builds(
        lambda name, text: lambda cluster: cluster.put_map(name, a_config_map(name, **{"site.conf": text})),
        st.sampled_from(MAPS),
        TEXTS,
    ),
    st.builds(
        lambda name, disk: lambda cluster: publish(cluster, name, disk),
        st.sampled_from(IMAGES),
        st.sampled_from([PHASE_VERSIONS["disk"], 7, 8]),
    ),
    st.builds(
        lambda name, found: lambda cluster: cluster.put_status(name, {"packages": found}),
        st.sampled_from(IMAGES),
        st.sampled_from(["a" * 64, "b" * 64]),
    ),
    st.sampled_from([("image", "one"), ("profile", "worker"), ("profile", "base"), ("map", "site")]).map(
        lambda what: lambda cluster: cluster.remove(*what)
    ),
)


def publish(cluster: Cluster, name: str, disk: int) -> None:
    """Its build is published, as its status tells, by an operator whose builder had this version of the phase disk."""
    versions = {**PHASE_VERSIONS, "disk": disk}
    raw = cluster.store.images.get(("default", name))
    try:
        profiles = {
            key[1]: NodeProfile.model_validate(cluster.store.profiles.get(key)) for key in cluster.store.profiles
        }
        image = AirshipImage.model_validate({**(raw or {}), "status": None})
        contents = {each: values(found) for each, found in cluster.maps.items()}
        build_hash = prepare(image, profiles, config_maps=contents, versions=versions).identities.build_hash
    except (InputError, ValidationError):
        return
    image_status = {"url": "http://images.example/x", "checksum": "c", "checksumType": "sha256", "format": "qcow2"}
    hashes = {"size": 1, "digest": "sha256:c", "shortDigest": "c", "buildHash": build_hash, "specHash": "s"}
    cluster.put_status(name, {"image": {**image_status, **hashes}, "buildHash": build_hash, "phases": versions})


def a_gatherer(cluster: Cluster) -> Gatherer:
    return Gatherer(cluster.store, ConfigMapsOnly(cluster.maps), POLICY, lambda: NOW)


def look(gatherer: Gatherer, key: Key) -> Plan | None:
    state = asyncio.run(gatherer.gather(key))
    return None if state is None else plan(gatherer.that_fits(key, state))


@settings(max_examples=60)
@given(st.lists(EDITS, min_size=1, max_size=10))
def test_whatever_is_edited_the_plan_is_that_of_an_operator_which_remembers_nothing(edits: list[Edit]) -> None:
    cluster = Cluster()
    for name in PROFILES:
        cluster.put_profile(name, a_profile(name))
    begun: dict[str, dict[str, Any]] = {"one": {}, "two": {"params": {"system": {"files": [FILE]}}}}
    for name, params in begun.items():
        cluster.put_image(name, an_image(name, profiles=[{"name": each} for each in PROFILES], **params))
    cluster.put_map("site", a_config_map("site", **{"site.conf": "zero"}))
    remembering = a_gatherer(cluster)
    for edit in (lambda _: None, *edits):
        edit(cluster)
        for name in IMAGES:
            key = ("default", name)
            assert look(remembering, key) == look(a_gatherer(cluster), key)
