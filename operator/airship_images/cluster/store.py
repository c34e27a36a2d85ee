"""What did we see last of each object? Fed by the watches, by what we write ourselves, and by the resync."""

import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from airship_images.api.build import Progress
from airship_images.api.configmap import Values, values
from airship_images.cluster import labels
from airship_images.cluster.client import Object
from airship_images.cluster.slim import compact
from airship_images.cluster.uses import Uses
from airship_images.plan.catalogue import Unnamed
from airship_images.plan.eligibility import MachineTemplate, Objection
from airship_images.plan.host_events import Standings
from airship_images.plan.hosts import Host, read
from airship_images.plan.references import References
from airship_images.plan.room import Survey
from airship_images.plan.state import Check

Key = tuple[str, str]
"""Namespace and name."""
Value = TypeVar("Value")

_KNOWN: Final = "known"
"""Marks what is left of a listed object whose version is in the table; no object of the API has such a field."""
_WHICH: Final = ("namespace", "name", "uid", "resourceVersion")


@dataclass(frozen=True, slots=True)
class _Row(Generic[Value]):
    uid: str
    version: int
    value: Value
    index: frozenset[Key]


class Table(Generic[Value]):
    """The objects of one kind: the newest version of each, found by name or by one index."""

    def __init__(
        self, keep: Callable[[Object], Value], index: Callable[[Object], Iterable[str]] = lambda _: ()
    ) -> None:
        self._keep = keep
        self._index = index
        self._rows: dict[Key, _Row[Value]] = {}
        self._by_index: dict[Key, set[Key]] = defaultdict(set)
        self.exists = False
        """Has the cluster this kind, and was all of it listed?"""
        self.changes = 0
        """How often an object came, changed or went."""
        self._heard = 0
        self._listed = (0, 0.0)
        self._gone: tuple[dict[str, int], dict[str, int]] = ({}, {})
        """By UID, the version with which an object was told to be gone: since the last list, and before that."""

    def put(self, raw: Object) -> bool:
        """Remember the object, unless this or a newer version of it is known, or that it is gone; was it news?

        A list, and the answer to a write, may come after the word of a watch that the object is gone.
        """
        key, metadata = key_of(raw), raw["metadata"]
        version = int(metadata["resourceVersion"])
        if self._went(metadata):
            return False
        known = self._rows.get(key)
        if known is not None and known.uid == metadata["uid"] and known.version >= version:
            return False
        self.forget(key)
        self.changes += 1
        index = frozenset((key[0], name) for name in self._index(raw))
        self._rows[key] = _Row(metadata["uid"], version, self._keep(raw), index)
        for entry in index:
            self._by_index[entry].add(key)
        return True

    def remove(self, raw: Object) -> bool:
        """Forget the object, unless another one has taken its name; was it news?"""
        self._gone[0][raw["metadata"]["uid"]] = int(raw["metadata"].get("resourceVersion", sys.maxsize))
        known = self._rows.get(key_of(raw))
        if known is None or known.uid != raw["metadata"]["uid"]:
            return False
        self.forget(key_of(raw))
        return True

    def forget(self, key: Key) -> None:
        """Keep nothing under this name."""
        row = self._rows.pop(key, None)
        self.changes += 1
        for entry in row.index if row else ():
            self._by_index[entry].discard(key)
            if not self._by_index[entry]:
                del self._by_index[entry]

    def replace(self, listed: tuple[list[Object], str] | None) -> None:
        """Take over a whole list: what is not in it is gone, unless it is newer. None: there is no such kind."""
        self.exists = listed is not None
        listing, version = listed or ([], "0")
        objects = [raw for raw in listing if not self._went(raw["metadata"])]
        there = {key_of(raw) for raw in objects}
        for key in [key for key, row in self._rows.items() if key not in there]:
            if listed is None or self._rows[key].version <= int(version):
                self.forget(key)
        for raw in objects:
            if _KNOWN not in raw:  # what is known is in its row, unless it went meanwhile
                self.put(raw)
        self.settle()
        newest = max((int(raw["metadata"]["resourceVersion"]) for raw in objects), default=0)
        if newest > self._listed[0] or newest <= self._heard:
            self._listed = (newest, time.monotonic())

    def news(self, raw: Object) -> Object:
        """What of a listed object must be held until the list is whole: all if it is news, else which version it is."""
        metadata = raw["metadata"]
        row = self._rows.get(key_of(raw))
        if row is None or row.uid != metadata["uid"] or row.version < int(metadata["resourceVersion"]):
            return raw
        return {_KNOWN: True, "metadata": {name: metadata[name] for name in _WHICH}}

    def _went(self, metadata: Object) -> bool:
        """Was this version, or a newer one, told to be gone?"""
        return any(int(metadata["resourceVersion"]) <= each.get(metadata["uid"], 0) for each in self._gone)

    def settle(self) -> None:
        """Everything was listed: what was asked for before the list that went before it has long been answered."""
        self._gone = ({}, self._gone[0])

    def hear(self, raw: Object) -> None:
        """The watch tells of this object."""
        self._heard = max(self._heard, int(raw["metadata"]["resourceVersion"]))

    def is_behind(self, deadline: float) -> bool:
        """Did a list made before `deadline` show something that the watch has not told of until now?"""
        newest, when = self._listed
        return newest > self._heard and when < deadline

    def get(self, key: Key) -> Value | None:
        """The object of this name."""
        row = self._rows.get(key)
        return None if row is None else row.value

    def indexed(self, namespace: str, name: str) -> list[tuple[Key, Value]]:
        """The objects of the namespace that the index has under `name`, by key."""
        return [(key, self._rows[key].value) for key in sorted(self._by_index.get((namespace, name), ()))]

    def in_namespace(self, namespace: str) -> Iterator[tuple[Key, Value]]:
        """All objects of the namespace."""
        return ((key, row.value) for key, row in self._rows.items() if key[0] == namespace)

    def __iter__(self) -> Iterator[Key]:
        """The names of all objects."""
        return iter(tuple(self._rows))


@dataclass(frozen=True)
class KnownConfigMap:
    """What a ConfigMap holds, and a version that changes with it."""

    version: tuple[str, str]
    values: Values


class Store:
    """Everything that plans are made from."""

    def __init__(self) -> None:
        self.images: Table[Object] = Table(compact, profiles_of)
        self.profiles: Table[Object] = Table(compact)
        self.jobs: Table[Object] = Table(compact, _image)
        self.pods: Table[Object] = Table(_pod, lambda raw: (job_of(raw),))
        self.config_maps: Table[KnownConfigMap] = Table(_config_map)
        """Only those that an image needs: a cluster has many that are none of ours."""
        self.hosts: Table[Host] = Table(read)
        self.machine_templates: Table[MachineTemplate] = Table(machine_template)
        self.watched: dict[str, Table[Any]] = {
            "airshipimages": self.images,
            "nodeprofiles": self.profiles,
            "jobs": self.jobs,
            "pods": self.pods,
            "baremetalhosts": self.hosts,
            "metal3machinetemplates": self.machine_templates,
        }
        self.progress: dict[str, Progress] = {}
        """By the UID of a running pod."""
        self.checks: dict[tuple[str, str], Check] = {}
        """By URL."""
        self.refusals: dict[Key, Objection] = {}
        """Why the API server did not let us write to a host when we tried last."""
        self.standings: dict[Key, Standings] = {}
        """By image: how its hosts stood when we looked last."""
        self.references: References | None = None
        """Who names which artifacts, as was looked last."""
        self.outdated: tuple[str, ...] = ()
        """What is to be said of installed CRDs that lack fields."""
        self.survey: Survey | None = None
        """What there is for Jobs, as was looked last."""
        self.unnamed: dict[str, Unnamed] = {}
        """By namespace: what its catalogue does not name, as was looked last."""
        self.ending_namespaces: set[str] = set()
        """Those that the API server does not let us create anything in, since they are deleted as a whole."""
        self._shared_jobs = Uses()
        self._config_maps = Uses()

    def note_shared_jobs(self, image: Key, jobs: Iterable[str]) -> None:
        """Remember which Jobs that belong to no image its plan depends on now; none when it is gone."""
        self._shared_jobs.note(image, jobs)

    def note_config_maps(self, image: Key, names: Iterable[str]) -> None:
        """Remember which ConfigMaps the image names now; what nobody names any more is forgotten."""
        for key in self._config_maps.note(image, names):
            self.config_maps.forget(key)

    def needed_config_maps(self) -> Iterator[Key]:
        """Every ConfigMap that an image names, there or not."""
        return iter(self._config_maps)

    def images_of_config_map(self, key: Key) -> frozenset[Key]:
        """Whose plans depend on this ConfigMap."""
        return self._config_maps.users(key)

    def lose_pod(self, pod: Object) -> None:
        """The pod is gone; while its Job is there, what was known last of it tells why."""
        job = self.jobs.get((pod["metadata"]["namespace"], job_of(pod)))
        if job is not None and is_owned(pod, job):
            self.pods.put(pod)
        else:
            self.pods.remove(pod)

    def forget_pods_of(self, job: Object) -> None:
        """The Job is gone, and with it what was kept of its pods."""
        for _, pod in self.pods.indexed(*key_of(job)):
            if is_owned(pod, job):
                self.pods.remove(pod)

    def needs_inputs(self, configmap: Object) -> bool:
        """Does a Job, or the current spec of an image, refer to these inputs?"""
        key, named = key_of(configmap), configmap["metadata"].get("labels", {})
        if self.jobs.get(key) is not None or self._shared_jobs.users(key):
            return True
        image = self.images.get((key[0], named.get(labels.IMAGE, "")))
        if image is None:
            return False
        return str(image.get("status", {}).get("buildHash", "")).startswith(named[labels.BUILD_HASH])

    def images_of_job(self, job: Object) -> set[Key]:
        """Whose plans depend on this Job."""
        return self._images_of(job, job["metadata"]["name"])

    def images_of_pod(self, pod: Object) -> set[Key]:
        """Whose plans depend on the Job of this pod."""
        return self._images_of(pod, job_of(pod))

    def _images_of(self, child: Object, job: str) -> set[Key]:
        namespace = child["metadata"]["namespace"]
        image = child["metadata"].get("labels", {}).get(labels.IMAGE)
        return {(namespace, image)} if image else set(self._shared_jobs.users((namespace, job)))

    def images_with_rollout(self, namespace: str) -> set[Key]:
        """Whose plans depend on the hosts of the namespace."""
        return {key for key, raw in self.images.in_namespace(namespace) if raw["spec"].get("rollout")}


def key_of(raw: Object) -> Key:
    """Namespace and name of an object."""
    return raw["metadata"]["namespace"], raw["metadata"]["name"]


def job_of(pod: Object) -> str:
    """The name of the Job that the pod belongs to, or nothing."""
    return str(pod["metadata"].get("labels", {}).get(labels.JOB_NAME, ""))


def is_owned(child: Object, owner: Object) -> bool:
    """Is it this very owner's child, not that of another one of the same name?"""
    uid = owner["metadata"]["uid"]
    return any(each["uid"] == uid for each in child["metadata"].get("ownerReferences", ()))


def profiles_of(image: Object | None) -> frozenset[str]:
    """The names of the profiles that the image is made of; none of one that is not there."""
    references: Any = (image or {}).get("spec", {}).get("profiles")
    return frozenset(each["name"] for each in references or ())


def _image(job: Object) -> Iterable[str]:
    name = job["metadata"].get("labels", {}).get(labels.IMAGE)
    return (name,) if name else ()


def _pod(raw: Object) -> Object:
    return compact({"metadata": raw["metadata"], "status": raw.get("status", {})})


def _config_map(raw: Object) -> KnownConfigMap:
    return KnownConfigMap((raw["metadata"]["uid"], raw["metadata"]["resourceVersion"]), values(raw))


def machine_template(raw: Object) -> MachineTemplate:
    """What plans need of it."""
    metadata, template = raw["metadata"], raw.get("spec", {}).get("template", {})
    return MachineTemplate(
        *key_of(raw),
        template.get("spec", {}).get("hostSelector") or {},
        api_version=raw["apiVersion"],
        created=metadata.get("creationTimestamp", ""),
        labels=metadata.get("labels", {}),
        template=template,
    )
