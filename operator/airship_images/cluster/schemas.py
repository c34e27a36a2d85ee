"""Do the installed CRDs know every field of ours? Asked of what any account may read: the API server's own schema.

Helm upgrades no CRDs, so the operator may be newer than they are.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from airship_images.api.crd import GROUP, RESOURCES, VERSION
from airship_images.api.outdated import crd_name, missing
from airship_images.cluster.client import Client, Object
from airship_images.cluster.refusals import API_ERRORS, message
from airship_images.cluster.store import Store
from airship_images.cluster.table import Key

log = logging.getLogger(__name__)

PLACE: Final = f"/openapi/v3/apis/{GROUP}/{VERSION}"
AT_REST: Final = 300.0
WHILE_OUTDATED: Final = 15.0
"""Seconds between two looks, while all is well and while it is not."""
NAMED: Final = 3
"""Fields that are named; the others are counted."""
MEND: Final = "kubectl apply --server-side -f crds/"


class Schemas:
    """Keeps what the store knows of the CRDs up to date."""

    def __init__(self, client: Client, store: Store, changed: Callable[[Key], None]) -> None:
        """`changed` hears of every image when that has changed: each one's status tells of it."""
        self._client = client
        self._store = store
        self._changed = changed

    async def keep_looking(self) -> None:
        """Look for ever, first now: it keeps no work waiting."""
        while True:
            before = self._store.outdated
            await self.look()
            if before != self._store.outdated:
                for image in self._store.images:
                    self._changed(image)
            await asyncio.sleep(WHILE_OUTDATED if self._store.outdated else AT_REST)

    async def look(self) -> None:
        """Compare once; where the API server does not say, what was known before stays."""
        try:
            served = await self._client.document(PLACE)
        except API_ERRORS as error:
            log.warning("could not look at the installed CRDs: %s", message(error))
            return
        found = complaints(served)
        if found != self._store.outdated:
            for each in found:
                log.warning("%s", each)
            if not found:
                log.info("the installed CRDs know every field")
            self._store.outdated = found


def complaints(served: Object) -> tuple[str, ...]:
    """A sentence for each CRD that lacks fields, by the OpenAPI document of our group."""
    found = []
    for resource in RESOURCES:
        schema = _schema_of(resource.kind, served)
        lost = missing(resource, schema) if schema is not None else []
        if lost:
            more = f" and {len(lost) - NAMED} more fields" if len(lost) > NAMED else ""
            found.append(
                f"CustomResourceDefinition {crd_name(resource)} is older than the operator: the API server drops "
                f"{', '.join(lost[:NAMED])}{more}; mend it with {MEND}"
            )
    return tuple(found)


def _schema_of(kind: str, served: Object) -> Object | None:
    for schema in served.get("components", {}).get("schemas", {}).values():
        for each in schema.get("x-kubernetes-group-version-kind", ()):
            if (each["group"], each["version"], each["kind"]) == (GROUP, VERSION, kind):
                return dict(schema)
    return None
