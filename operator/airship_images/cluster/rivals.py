"""Who must look again when another image comes to want other hosts, or goes?"""

from airship_images.cluster.client import Object
from airship_images.cluster.store import Store
from airship_images.cluster.table import Key, key_of
from airship_images.plan.eligibility import Claim


def claim(image: Object) -> Claim:
    """The hosts that the image's rollout selects."""
    selector = image["spec"]["rollout"].get("selector") or {}
    metadata = image["metadata"]
    return Claim(metadata["name"], metadata["uid"], metadata["namespace"], selector.get("matchLabels") or {})


def rivals(store: Store, former: Object | None, present: Object | None) -> set[Key]:
    """The other images that select a host too which this one selected before or selects now, if that has changed."""
    before, now = _claim(former), _claim(present)
    image = present or former
    if image is None or before == now:
        return set()
    namespace = key_of(image)[0]
    claims = [each for each in (before, now) if each is not None]
    hosts = [host for _, host in store.hosts.in_namespace(namespace) if any(each.selects(host) for each in claims)]
    others = {key: store.images.get(key) for key in store.images_with_rollout(namespace) - {key_of(image)}}
    return {key for key, other in others.items() if other is not None and any(map(claim(other).selects, hosts))}


def _claim(image: Object | None) -> Claim | None:
    return claim(image) if image is not None and image["spec"].get("rollout") else None
