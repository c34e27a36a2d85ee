"""What did we see last of each object? Fed by the watches, by what we write ourselves, and by the resync."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from airship_images.api.build import Progress
from airship_images.api.configmap import Values, values
from airship_images.cluster import labels
from airship_images.cluster.client import Object
from airship_images.cluster.slim import compact
from airship_images.cluster.table import Key, Table, key_of
from airship_images.cluster.uses import Uses
from airship_images.plan.catalogue import Unnamed
from airship_images.plan.eligibility import MachineTemplate, Objection
from airship_images.plan.host_events import Standings
from airship_images.plan.hosts import Host, read
from airship_images.plan.references import References
from airship_images.plan.room import Survey
from airship_images.plan.state import Check

_LOST: Final = "lost"
"""Marks a pod that is gone; no object of the API has such a field."""


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

    def list_pods(self, listed: tuple[list[Object], str] | None) -> None:
        """Take over a whole list of pods, in which those that were lost are not."""
        self.pods.replace(listed, stays=lambda pod: _LOST in pod and self._is_of_a_job(pod))

    def lose_pod(self, pod: Object) -> None:
        """The pod is gone; while its Job is there, what was known last of it tells why."""
        if self._is_of_a_job(pod):
            self.pods.put({**pod, _LOST: True})
        else:
            self.pods.remove(pod)

    def _is_of_a_job(self, pod: Object) -> bool:
        job = self.jobs.get((pod["metadata"]["namespace"], job_of(pod)))
        return job is not None and is_owned(pod, job)

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
    return compact({"status": {}, **{part: raw[part] for part in ("metadata", "status", _LOST) if part in raw}})


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
