"""The only writer to Kubernetes: carries out the actions of a plan, then writes the status if it differs."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Final

from kubernetes.aio.client.exceptions import ApiException

from airship_images.api.annotations import FINALIZER
from airship_images.api.errors import OutsideError
from airship_images.api.reasons import Reason
from airship_images.cluster import hosts, inputs, jobs
from airship_images.cluster.checks import Checks
from airship_images.cluster.claimants import claimants
from airship_images.cluster.client import CONFIGMAPS, IMAGES, JOBS, Client, Object
from airship_images.cluster.events import tell
from airship_images.cluster.jobs import JobSettings
from airship_images.cluster.pace import Pace
from airship_images.cluster.references import Referrers
from airship_images.cluster.refusals import is_ending, is_over_quota
from airship_images.cluster.removal_job import removal_manifest
from airship_images.cluster.store import Store
from airship_images.cluster.surroundings import Surroundings
from airship_images.cluster.table import Key
from airship_images.plan import host_events
from airship_images.plan.actions import (
    Action,
    CheckURL,
    CreateInputs,
    DeleteJob,
    FindReferences,
    RemoveArtifacts,
    SetFinalizer,
    StartBuild,
    WatchRoom,
)
from airship_images.plan.eligibility import MachineTemplate, Objection
from airship_images.plan.host_patch import PatchHost
from airship_images.plan.milestones import is_mere_progress
from airship_images.plan.plan import Plan
from airship_images.plan.state import Identity, State

log = logging.getLogger(__name__)

SHOWN_REFUSALS: Final = frozenset({Reason.HOST_WRITE_REFUSED, Reason.HOST_API_UNAVAILABLE})
"""Refusals that a person should see; the others end with the next look."""


class Applier:
    """Writes what plans ask for; what it wrote is in the store at once."""

    def __init__(
        self,
        client: Client,
        store: Store,
        settings: JobSettings,
        clock: Callable[[], datetime],
        *,
        referrers: Referrers,
        surroundings: Surroundings,
        require_lease: Callable[[], None],
        lease_is_fresh: Callable[[], bool],
        checked: Callable[[Key], None],
    ) -> None:
        """`require_lease` raises LostLeaseError when nothing may be written any more: it is asked before each write.

        Hosts ask for more, `lease_is_fresh`. `checked` hears of each image that something was found out for beside the
        plans: what its URL gives, or who names its artifacts.
        """
        self._client = client
        self._store = store
        self._settings = settings
        self._clock = clock
        self._require_lease = require_lease
        self._lease_is_fresh = lease_is_fresh
        self._checked = checked
        self._referrers = referrers
        self._surroundings = surroundings
        self._pace = Pace()
        self._checks = Checks(store, clock, checked)
        self._look: asyncio.Task[None] | None = None
        self._curious: set[Key] = set()
        """The images that wait for that look."""

    async def apply(self, state: State, plan: Plan) -> float:
        """Carry out the whole plan; seconds after which mere progress, held back for now, may be written.

        Raises OutsideError or ApiException where the cluster refuses: then plan again.

        A host that refuses keeps neither the other hosts nor the status waiting.
        """
        for event in plan.events:  # first: told twice they are one, and nothing tells of a Job that is gone
            self._require_lease()
            await tell(self._client, state.identity, event, self._clock())
        self._store.standings[(state.identity.namespace, state.identity.name)] = plan.standings
        refused: OutsideError | None = None
        others = await self._claimants(state, plan)
        for action in plan.actions:
            self._require_lease()
            if isinstance(action, PatchHost):
                refused = await self._patch_host(action, state.identity, others) or refused
            else:
                await self._do(action, state.identity)
        held_back = 0.0
        if plan.status != state.status and not plan.leaves_status:
            if is_mere_progress(state.status, plan.status):
                held_back = self._pace.wait(state.identity.uid)
            if held_back == 0:
                await self._write_status(state, plan)
        if refused is not None:
            raise refused
        return held_back

    async def _claimants(self, state: State, plan: Plan) -> tuple[MachineTemplate, ...] | OutsideError:
        """Who may claim the hosts that the plan patches, asked once for all of them, or why none is patched."""
        if not any(isinstance(action, PatchHost) for action in plan.actions):
            return ()
        try:
            return await claimants(self._client, state.identity.namespace)
        except OutsideError as error:
            return error

    async def _patch_host(
        self, action: PatchHost, image: Identity, others: tuple[MachineTemplate, ...] | OutsideError
    ) -> OutsideError | None:
        if isinstance(others, OutsideError):
            return others
        key = (action.namespace, action.name)
        if action.before is not None and self._clock() >= action.before:
            return OutsideError(f"BareMetalHost {action.name}: the window has closed", reason=Reason.OUTSIDE_WINDOW)
        try:
            patched = await hosts.patch_host(self._client.api, action, others, self._lease_is_fresh)
        except OutsideError as error:
            if error.reason in SHOWN_REFUSALS:
                self._store.refusals[key] = Objection(error.reason, error.message)
            return error
        self._store.refusals.pop(key, None)
        self._store.hosts.put(patched)
        log.info("patched BareMetalHost %s", action.name)
        await tell(self._client, image, host_events.patched(action), self._clock())
        return None

    async def _do(self, action: Action, image: Identity) -> None:
        match action:
            case CreateInputs():
                await self._create_inputs(action, image)
            case StartBuild():
                await self._start_build(action, image)
            case DeleteJob():
                if await self._client.delete(JOBS, image.namespace, action.name, action.uid):
                    self._forget(action, image)
                log.info("deleted Job %s", action.name)
            case CheckURL():
                self._checks.ask(action, (image.namespace, image.name))
            case FindReferences():
                self._find_references((image.namespace, image.name))
            case RemoveArtifacts():
                await self._remove_artifacts(action, image.namespace)
            case SetFinalizer():
                await self._set_finalizer(image, present=action.present)
            case WatchRoom():
                self._surroundings.hold((image.namespace, image.name), action.room)

    def _forget(self, action: DeleteJob, image: Identity) -> None:
        """Just after a start no watch may have told of the Job yet, and then none tells that it is gone."""
        metadata = {"namespace": image.namespace, "name": action.name, "uid": action.uid}
        if self._store.jobs.remove({"metadata": metadata}):
            self._checked((image.namespace, image.name))

    async def _create_inputs(self, action: CreateInputs, image: Identity) -> None:
        """A ConfigMap that is there already holds the same bytes, since its name is their hash, if it is ours."""
        body = inputs.configmap(action, image)
        if await self._client.create(CONFIGMAPS, image.namespace, body) is None:
            found = await self._client.get(CONFIGMAPS, image.namespace, action.name)
            _expect_ours(found, body)

    async def _start_build(self, action: StartBuild, image: Identity) -> None:
        body = jobs.manifest(action, image, self._settings)
        await self._create_job(body, image.namespace, f"try {action.attempt}")

    async def _remove_artifacts(self, action: RemoveArtifacts, namespace: str) -> None:
        body = removal_manifest(action, self._settings)
        try:
            await self._create_job(body, namespace, f"for {len(action.digests)} artifacts")
        except ApiException as error:
            if is_ending(error):
                self._store.ending_namespaces.add(namespace)
            raise

    async def _create_job(self, body: Object, namespace: str, what: str) -> None:
        """One that is there already is the same, if it is ours."""
        name = body["metadata"]["name"]
        try:
            job = await self._client.create(JOBS, namespace, body)
        except ApiException as error:
            if is_over_quota(error):  # which the next look then knows, and says
                self._surroundings.doubt(namespace, refused=True)
            raise
        if job is None:
            job = await self._client.get(JOBS, namespace, name)
            _expect_ours(job, body)
        else:
            log.info("created Job %s, %s", name, what)
            self._surroundings.doubt(namespace)
            self._store.ending_namespaces.discard(namespace)  # another one may have its name by now
        if job is not None:
            self._store.jobs.put(job)

    async def _set_finalizer(self, image: Identity, *, present: bool) -> None:
        """Bound to the version that was read, since the list is replaced whole."""
        raw = self._store.images.get((image.namespace, image.name))
        others = [each for each in (raw or {}).get("metadata", {}).get("finalizers", ()) if each != FINALIZER]
        wanted = [*others, FINALIZER] if present else others
        patch = {"metadata": {"finalizers": wanted, "resourceVersion": image.resource_version}}
        patched = await self._client.merge(IMAGES, image.namespace, image.name, patch)
        if patched is not None and wanted:  # else it may be gone by now
            self._store.images.put(patched)

    def _find_references(self, key: Key) -> None:
        """One look for all who ask meanwhile, beside the plans: it lists all hosts."""
        self._curious.add(key)
        if self._look is None:
            self._look = asyncio.create_task(self._run_look())
            self._look.add_done_callback(self._looked)

    async def _run_look(self) -> None:
        self._store.references = await self._referrers.look()
        if self._store.references.unknown is not None:
            log.warning("nothing is removed: %s", self._store.references.unknown)

    def _looked(self, _: asyncio.Task[None]) -> None:
        self._look = None
        waiting, self._curious = self._curious, set()
        for key in waiting:
            self._checked(key)

    async def _write_status(self, state: State, plan: Plan) -> None:
        self._require_lease()
        body = {
            "apiVersion": IMAGES.api_version,
            "kind": IMAGES.kind,
            "metadata": {
                "name": state.identity.name,
                "namespace": state.identity.namespace,
                "uid": state.identity.uid,
                "resourceVersion": state.identity.resource_version,
            },
            "status": plan.status.model_dump(by_alias=True, exclude_none=True),
        }
        self._store.images.put(await self._client.apply_status(IMAGES, state.identity.namespace, body))
        self._pace.wrote(state.identity.uid)


def _expect_ours(found: Object | None, wanted: Object) -> None:
    """Raise OutsideError when the name is held by an object that is not the one that we would have made, or was."""
    named = f"{wanted['kind']} {wanted['metadata']['name']}"
    if found is None:
        raise OutsideError(f"{named} was there and is gone: it is made anew", reason=Reason.CONFLICT)
    metadata, ours = found["metadata"], wanted["metadata"]
    if "deletionTimestamp" in metadata:
        raise OutsideError(f"{named} is being deleted: it is made anew once it is gone", reason=Reason.CONFLICT)
    owners = {each["uid"] for each in metadata.get("ownerReferences", ())}
    mine = {each["uid"] for each in ours.get("ownerReferences", ())}
    same = all(metadata.get("labels", {}).get(name) == value for name, value in ours["labels"].items())
    if not same or not mine <= owners:
        raise OutsideError(
            f"{named} is there and is not ours: delete it, or wait until Kubernetes does",
            reason=Reason.CONFLICT,
        )
