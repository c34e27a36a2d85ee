"""How is the status of a NodeProfile kept? Gathered from the store, planned, and written if it differs."""

import logging
from collections.abc import Callable
from datetime import datetime

from pydantic import ValidationError

from airship_images.api.documents import RawDocument, validate
from airship_images.api.errors import Finding, FindingsError, InputError
from airship_images.api.nodeprofile import NodeProfile
from airship_images.api.status import NodeProfileStatus
from airship_images.cluster.client import PROFILES, Client, Object
from airship_images.cluster.store import Store
from airship_images.cluster.table import Key
from airship_images.plan.profile import ProfileState, profile_status
from airship_images.spec.alone import alone

log = logging.getLogger(__name__)


class Profiles:
    """Writes what profiles are, and who uses them."""

    def __init__(
        self, client: Client, store: Store, clock: Callable[[], datetime], require_lease: Callable[[], None]
    ) -> None:
        """`require_lease` raises LostLeaseError when nothing may be written any more."""
        self._client = client
        self._store = store
        self._clock = clock
        self._require_lease = require_lease

    async def look(self, key: Key) -> None:
        """Bring the status of this profile up to date; raises ApiException where the API server refuses."""
        raw = self._store.profiles.get(key)
        if raw is None or "deletionTimestamp" in raw["metadata"]:
            return
        former = _status(raw)
        wanted = profile_status(
            ProfileState(
                now=self._clock(),
                generation=raw["metadata"]["generation"],
                findings=_findings(raw),
                images=[image for (_, image), _ in self._store.images.indexed(*key)],
                status=former,
            )
        )
        if wanted != former:
            self._require_lease()
            await self._write(raw, wanted)

    async def _write(self, raw: Object, status: NodeProfileStatus) -> None:
        metadata = {name: raw["metadata"][name] for name in ("name", "namespace", "uid", "resourceVersion")}
        body = {
            "apiVersion": PROFILES.api_version,
            "kind": PROFILES.kind,
            "metadata": metadata,
            "status": status.model_dump(by_alias=True, exclude_none=True),
        }
        self._store.profiles.put(await self._client.apply_status(PROFILES, metadata["namespace"], body))


def _findings(raw: Object) -> list[Finding]:
    name = f"NodeProfile/{raw['metadata']['name']}"
    document = {"apiVersion": raw["apiVersion"], "kind": raw["kind"], "metadata": raw["metadata"], "spec": raw["spec"]}
    try:
        profile = validate(RawDocument(source=name, index=0, data=document))
    except FindingsError as error:
        return list(error.findings)
    except InputError as error:
        return [Finding(error.reason, error.path, error.found, error.expected)]
    return alone(profile) if isinstance(profile, NodeProfile) else []


def _status(raw: Object) -> NodeProfileStatus:
    """The status as we left it; one of another version of the operator is written anew."""
    try:
        return NodeProfileStatus.model_validate(raw.get("status") or {})
    except ValidationError as error:
        log.warning("status of NodeProfile %s is not ours to read, starting anew: %s", raw["metadata"]["name"], error)
        return NodeProfileStatus()
