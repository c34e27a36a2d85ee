"""What does a cluster hold of one image now, and what would some documents make of that? Looked at, never written."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from airship_images.api.airshipimage import AirshipImage
from airship_images.api.configmap import Contents, document
from airship_images.api.documents import API_VERSION
from airship_images.api.nodeprofile import NodeProfile
from airship_images.cluster.client import Client, Object
from airship_images.cluster.gather import Gatherer
from airship_images.cluster.resync import resync
from airship_images.cluster.store import Store
from airship_images.cluster.table import Key, Table
from airship_images.plan.state import Policy, State


async def look(
    client: Client, image: Key, documents: Sequence[AirshipImage | NodeProfile], config_maps: Contents
) -> State | None:
    """The state of the image as if `documents` and `config_maps` were applied; None when there is no such image.

    Which builder images the operator allows, and where it publishes, is in its own settings and not known here.
    """
    store = Store()
    await resync(client, store, (image[0],), (image[0],))
    for each in documents:
        _offer(store.images if isinstance(each, AirshipImage) else store.profiles, image[0], each)
    for name, values in config_maps.items():
        store.config_maps.put({**_not_applied("ConfigMap", image[0], name), **document(values)})
    raw = store.images.get(image)
    chosen = ((raw or {}).get("spec", {}).get("builder") or {}).get("image")
    policy = Policy(chosen or "", frozenset(), output_claim="", base_url="")
    gatherer = Gatherer(store, client, policy, lambda: datetime.now(UTC))
    state = await gatherer.gather(image)
    return None if state is None else gatherer.that_fits(image, state)


def _offer(table: Table[Object], namespace: str, wanted: AirshipImage | NodeProfile) -> None:
    """The document in place of the one that is there, as the API server would store it."""
    spec = wanted.spec.model_dump(mode="json", by_alias=True, exclude_none=True)
    name = wanted.metadata.name
    former: dict[str, Any] = table.get((namespace, name)) or _not_applied(wanted.kind, namespace, name)
    if former.get("spec") == spec:
        return
    metadata = former["metadata"]
    newer = {
        "generation": metadata["generation"] + 1,
        "resourceVersion": str(int(metadata["resourceVersion"]) + 1),
        "annotations": {**metadata.get("annotations", {}), **wanted.metadata.annotations},
    }
    table.put(
        {**former, "apiVersion": API_VERSION, "kind": wanted.kind, "metadata": {**metadata, **newer}, "spec": spec}
    )


def _not_applied(kind: str, namespace: str, name: str) -> Object:
    """An object that the cluster does not hold, with an identity of its own: what it asks for is remembered by that."""
    uid = f"{kind}/{name}, not applied yet"
    return {"metadata": {"namespace": namespace, "name": name, "uid": uid, "generation": 0, "resourceVersion": "0"}}
