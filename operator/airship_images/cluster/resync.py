"""What is there, and what is not any more? Whole lists, since a watch may miss a deletion."""

from datetime import datetime, timedelta
from typing import Any, Final

from airship_images.cluster import labels
from airship_images.cluster.claimants import machine_templates
from airship_images.cluster.client import (
    CONFIGMAPS,
    HOSTS,
    IMAGES,
    JOBS,
    PODS,
    PROFILES,
    Client,
    Keep,
    Object,
    Resource,
    all_of_it,
)
from airship_images.cluster.slim import without_bulk
from airship_images.cluster.store import Store
from airship_images.cluster.table import Table, key_of

EVERYWHERE: Final[tuple[None]] = (None,)
KEPT: Final = timedelta(days=1)
"""Age from which inputs without a Job are removed; long after any plan that was about to start one."""


async def resync(client: Client, store: Store, namespaces: tuple[str, ...], host_namespaces: tuple[str, ...]) -> None:
    """Bring the store up to what the API server lists in the namespaces; none, or "*" for hosts, means everywhere."""
    where = namespaces or EVERYWHERE
    store.profiles.replace(await _list(client, PROFILES, where, keep=_news(store.profiles)))
    store.jobs.replace(await _list(client, JOBS, where, labels.OURS, keep=_news(store.jobs)))
    store.list_pods(await _list(client, PODS, where, labels.OURS, keep=_news(store.pods)))
    await _resync_config_maps(client, store)
    if host_namespaces:
        await _resync_hosts(client, store, EVERYWHERE if "*" in host_namespaces else host_namespaces)
    store.images.replace(await _list(client, IMAGES, where, keep=_news(store.images)))


async def resync_rollouts(client: Client, store: Store, namespace: str) -> None:
    """Bring the store up to what rollouts of this namespace depend on, and nothing else."""
    await _resync_hosts(client, store, (namespace,))
    store.images.replace(await _list(client, IMAGES, (namespace,), keep=_news(store.images)))


async def _resync_hosts(client: Client, store: Store, where: tuple[str | None, ...]) -> None:
    store.hosts.replace(await _list(client, HOSTS, where, keep=store.hosts.news))
    templates = await machine_templates(client)
    store.machine_templates.replace(await _list(client, templates, where) if templates else None)


async def _resync_config_maps(client: Client, store: Store) -> None:
    """One after the other: a list would bring the content of all the others too."""
    for key in store.needed_config_maps():
        found = await client.get(CONFIGMAPS, *key)
        if found is None:
            store.config_maps.forget(key)
        else:
            store.config_maps.put(found)
    store.config_maps.settle()


def _news(table: Table[Any]) -> Keep:
    """Of thousands of objects that a table has already, not a second time."""
    return lambda raw: without_bulk(table.news(raw))


async def remove_old_inputs(client: Client, store: Store, namespaces: tuple[str, ...], now: datetime) -> int:
    """Delete the inputs of Jobs that are gone and that no image waits for; how many there were."""
    found = await _list(client, CONFIGMAPS, namespaces or EVERYWHERE, labels.INPUTS, whole=False)
    old = [raw for raw in (found or ([], ""))[0] if _is_old(raw, now) and not store.needs_inputs(raw)]
    for raw in old:
        await client.delete(CONFIGMAPS, *key_of(raw), raw["metadata"]["uid"])
    return len(old)


def _is_old(raw: Object, now: datetime) -> bool:
    return datetime.fromisoformat(raw["metadata"]["creationTimestamp"]) < now - KEPT


async def _list(
    client: Client,
    resource: Resource,
    namespaces: tuple[str | None, ...],
    selector: str | None = None,
    *,
    whole: bool = True,
    keep: Keep = all_of_it,
) -> tuple[list[Object], str] | None:
    """The objects of all the namespaces, each with its apiVersion and kind; None where there is no such kind."""
    found: list[Object] = []
    versions: list[int] = []
    for namespace in namespaces:
        page = await client.list(resource, namespace, labels=selector, whole=whole, keep=keep)
        if page is None:
            return None
        found += [{"apiVersion": resource.api_version, "kind": resource.kind, **raw} for raw in page[0]]
        versions.append(int(page[1]))
    return found, str(min(versions))
