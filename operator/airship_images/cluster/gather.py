"""What is known about one image, and what do its documents ask for? Makes the State of a plan from the store."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from pydantic import ValidationError

from airship_images.api.airshipimage import AirshipImageSpec
from airship_images.api.annotations import FINALIZER, ROLLOUT_PAUSED, ROLLOUT_RESUMED, pins, refresh_requested
from airship_images.api.errors import InputError
from airship_images.api.status import AirshipImageStatus
from airship_images.cluster.client import CONFIGMAPS, PODS, Client, Object
from airship_images.cluster.documents import Documents
from airship_images.cluster.labels import JOB_NAME
from airship_images.cluster.logs import last_lines
from airship_images.cluster.observe import has_ended, observe, pod_has_ended, pod_of
from airship_images.cluster.rivals import claim
from airship_images.cluster.store import Store, is_owned
from airship_images.cluster.table import Key
from airship_images.cluster.troubles import loss
from airship_images.plan.due import due
from airship_images.plan.jobs import Job, image_job_name, refresh_job_name, removal_job_name, rootfs_job_name
from airship_images.plan.state import Fleet, Identity, Policy, Problem, State
from airship_images.spec import Prepared
from airship_images.spec.airship_v1 import is_v1

log = logging.getLogger(__name__)

LOOKS: Final = 10
PAUSE: Final = 0.1
"""How often a pod is looked for, and seconds between: another watch tells of its end, maybe after that of its Job."""


class Gatherer:
    """Makes States of what the store has seen."""

    def __init__(self, store: Store, client: Client, policy: Policy, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._client = client
        self._policy = policy
        self._clock = clock
        self._documents = Documents(store)

    async def gather(self, key: Key) -> State | None:
        """Everything that the image's next step depends on; None when there is no such image, or it is going away.

        One that is deleted is still looked at while our finalizer is on it.
        """
        raw = self._store.images.get(key)
        deleting = raw is not None and "deletionTimestamp" in raw["metadata"]
        if raw is None or (deleting and not _has_finalizer(raw)):
            self._documents.forget(key)
            return None
        await self._see_config_maps(key, self._documents.config_maps_of(raw))
        status = _status(raw)
        spec, inputs = self._documents.of_image(raw, status)
        rootfs_job = image_job = refresh_job = None
        now = self._clock()
        requested: str | None = None
        image_name = ""
        ended_jobs: tuple[Job, ...] = ()
        if isinstance(inputs, Prepared):
            requested = refresh_requested(raw["metadata"].get("annotations", {}))
            if not is_v1(inputs.image):  # whose builder brings its root filesystem with it
                wanted = due(inputs.image.spec.schedule, status.schedule, requested, now)
                names = [rootfs_job_name(inputs.identities.rootfs_hash)]
                names += [refresh_job_name(inputs.identities.rootfs_hash, wanted.time)] if wanted else []
                self._store.note_shared_jobs(key, names)
                rootfs_job, *others = [await self._job(key[0], name, status, owner=None) for name in names]
                refresh_job = others[0] if others else None
        if not isinstance(inputs, Problem):
            image_name = image_job_name(key[1], inputs.identities.build_hash)
            image_job = await self._job(key[0], image_name, status, owner=raw)
            ended_jobs = self._ended_jobs(key, image_name, raw) if _keeps_failures(inputs.image.spec) else ()
        return State(
            now=now,
            identity=_identity(raw),
            spec=spec,
            inputs=inputs,
            status=status,
            policy=self._policy,
            profiles=self._profiles(key[0], spec),
            rootfs_job=rootfs_job,
            image_job=image_job,
            refresh_job=refresh_job,
            refresh_requested=requested,
            removal_job=await self._job(key[0], removal_job_name(raw["metadata"]["uid"]), status, owner=None),
            references=self._store.references,
            pins=_pins(raw),
            has_finalizer=_has_finalizer(raw),
            deleting=deleting,
            namespace_ends=key[0] in self._store.ending_namespaces,
            former_jobs=self._former_jobs(key, "" if deleting else image_name, raw),
            ended_jobs=ended_jobs,
            checks=self._store.checks,
            fleet=self._fleet(key, raw, spec),
            outdated_crds=self._store.outdated,
            unnamed=self._store.unnamed.get(key[0]),
            room=None if self._store.survey is None else self._store.survey.of(key[0]),
        )

    def that_fits(self, key: Key, state: State) -> State:
        """The state, or the same without inputs where they have no room in the cluster; from then on it is known."""
        if not isinstance(state.inputs, Prepared):
            return state
        fitting = self._documents.that_fits(key, state.inputs)
        return state if fitting is state.inputs else replace(state, inputs=fitting)

    def _profiles(self, namespace: str, spec: AirshipImageSpec | None) -> dict[str, int]:
        """The generation of each profile of the image that is there."""
        named = {name: self._store.profiles.get((namespace, name)) for name in (spec.profile_names if spec else ())}
        return {name: raw["metadata"]["generation"] for name, raw in named.items() if raw is not None}

    async def _see_config_maps(self, key: Key, names: frozenset[str]) -> None:
        """Have those in the store that the image names; from then on the watch keeps them up to date."""
        self._store.note_config_maps(key, names)
        for name in names:
            if self._store.config_maps.get((key[0], name)) is None:
                found = await self._client.get(CONFIGMAPS, key[0], name)
                if found is not None:
                    self._store.config_maps.put(found)

    async def _job(self, namespace: str, name: str, status: AirshipImageStatus, *, owner: Object | None) -> Job | None:
        """The Job, if it is there and `owner`'s own; a name that another object holds is left to it."""
        raw = self._store.jobs.get((namespace, name))
        if raw is None or "deletionTimestamp" in raw["metadata"] or (owner is not None and not is_owned(raw, owner)):
            return None
        pods = await self._pods(namespace, name, raw)
        job = observe(raw, pods, self._store.progress)
        is_told = status.build is not None and status.build.reason is not None
        if job.failure is not None and not is_told and not _tells_why(pod_of(raw, pods)):
            pods = await self._late_pods(namespace, name, raw, pods)
            job = observe(raw, pods, self._store.progress)
        if job.finished is not None:  # by a clock that may be ahead of ours, or ours before it was set back
            seen = self._clock() - self._store.jobs.known_for((namespace, name))
            job = replace(job, finished=min(job.finished, seen))
        pod = pod_of(raw, pods)
        if job.failure is None or job.phase is None or pod is None or is_told:
            return job
        lines = await last_lines(self._client, namespace, pod["metadata"]["name"], job.failure.phase)
        return replace(job, last_lines=lines)

    def _former_jobs(self, key: Key, current: str, image: Object) -> tuple[Job, ...]:
        """The image's own Jobs that run and are not its current one."""
        return tuple(
            observe(raw, [pod for _, pod in self._store.pods.indexed(*name)], self._store.progress)
            for name, raw in self._store.jobs.indexed(*key)
            if name[1] != current and is_owned(raw, image) and not has_ended(raw)
            if "deletionTimestamp" not in raw["metadata"]
        )

    def _ended_jobs(self, key: Key, current: str, image: Object) -> tuple[Job, ...]:
        """The image's own Jobs that have ended and are not its current one, unless that went well."""
        return tuple(
            observe(raw, [pod for _, pod in self._store.pods.indexed(*name)], self._store.progress)
            for name, raw in self._store.jobs.indexed(*key)
            if is_owned(raw, image) and has_ended(raw) and "deletionTimestamp" not in raw["metadata"]
            if name[1] != current or image.get("status", {}).get("phase") == "Ready"
        )

    async def _pods(self, namespace: str, name: str, job: Object) -> list[Object]:
        """The pods of the Job's name; asked for again where the Job's end was seen before its pod's.

        What is found so is not for the store: whoever follows the watch learns there what has ended.
        """
        pods = [pod for _, pod in self._store.pods.indexed(namespace, name)]
        if not has_ended(job) or any(pod_has_ended(pod) for pod in pods):
            return pods
        listed = await self._client.list(PODS, namespace, labels=f"{JOB_NAME}={name}")
        found = {pod["metadata"]["uid"]: pod for pod in (*pods, *(listed[0] if listed else ()))}
        return list(found.values())

    async def _late_pods(self, namespace: str, name: str, job: Object, pods: list[Object]) -> list[Object]:
        """Of a Job that failed: a pod that is gone may tell why, if its end is told after the Job's; else `pods`.

        Of such a pod nothing may be known yet, or that it runs.
        """
        for _ in range(LOOKS):
            await asyncio.sleep(PAUSE)
            pods = [pod for _, pod in self._store.pods.indexed(namespace, name)] or pods
            if _tells_why(pod_of(job, pods)):
                break
        return pods

    def _fleet(self, key: Key, raw: Object, spec: AirshipImageSpec | None) -> Fleet:
        if spec is None or spec.rollout is None or not self._store.hosts.exists:
            return Fleet()
        namespace, annotations = key[0], raw["metadata"].get("annotations", {})
        return Fleet(
            hosts=tuple(host for _, host in self._store.hosts.in_namespace(namespace)),
            machine_templates=tuple(each for _, each in self._store.machine_templates.in_namespace(namespace)),
            other_images=tuple(
                claim(other)
                for name, other in self._store.images.in_namespace(namespace)
                if name != key and _rolls(other)
            ),
            paused=spec.suspend is True or annotations.get(ROLLOUT_PAUSED) == "true",
            resumed=annotations.get(ROLLOUT_RESUMED),
            refusals={name: why for (where, name), why in self._store.refusals.items() if where == namespace},
            seen=self._store.standings.get(key),
        )


def _identity(raw: Object) -> Identity:
    metadata = raw["metadata"]
    return Identity(
        metadata["namespace"], metadata["name"], metadata["uid"], metadata["generation"], metadata["resourceVersion"]
    )


def _tells_why(pod: Object | None) -> bool:
    """Is this the pod's last word: that it has ended, or who took it away?"""
    return pod is not None and (pod_has_ended(pod) or loss(pod) is not None)


def _keeps_failures(spec: AirshipImageSpec) -> bool:
    return spec.retention is not None and spec.retention.failures is not None


def _has_finalizer(image: Object) -> bool:
    return FINALIZER in image["metadata"].get("finalizers", ())


def _pins(image: Object) -> frozenset[str]:
    """Where they cannot be read, which the documents say, all artifacts are pinned."""
    try:
        return pins(image["metadata"].get("annotations", {}))
    except InputError:
        return frozenset({""})


def _rolls(image: Object) -> bool:
    return bool(image["spec"].get("rollout"))


def _status(raw: Object) -> AirshipImageStatus:
    """The status as we left it; one of another version of the operator is written anew."""
    try:
        return AirshipImageStatus.model_validate(raw.get("status") or {})
    except ValidationError as error:
        log.warning("status of AirshipImage %s is not ours to read, starting anew: %s", raw["metadata"]["name"], error)
        return AirshipImageStatus()
