"""What can Prometheus ask the operator? Nothing has a label for one image: thousands would be too many."""

from collections import Counter as Count
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from prometheus_client import REGISTRY, Counter, Gauge, Histogram
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from airship_images.api.build import CacheLookup
from airship_images.api.reasons import Reason
from airship_images.api.status import AirshipImageStatus
from airship_images.cluster.client import Object
from airship_images.cluster.failures import last_words
from airship_images.cluster.store import Store
from airship_images.controller.line import WaitingLine
from airship_images.plan.milestones import newly_failed, newly_published

RECONCILES: Final = Counter("airship_images_reconciles_total", "Times an image was looked at", ["outcome"])
RECONCILE_SECONDS: Final = Histogram(
    "airship_images_reconcile_seconds",
    "Seconds from gathering to the last write for one image",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
ACTIONS: Final = Counter("airship_images_actions_total", "Actions that were carried out", ["action"])
QUEUE_LENGTH: Final = Gauge("airship_images_queue_length", "Images that wait for a worker")
QUEUE_SECONDS: Final = Histogram(
    "airship_images_queue_wait_seconds",
    "Seconds for which an image waited for a worker",
    buckets=(0.001, 0.01, 0.1, 0.5, 1, 5, 10, 30, 60),
)
BUILDS: Final = Counter("airship_images_builds_total", "Builds that ended, each try for itself", ["outcome", "reason"])
PHASE_SECONDS: Final = Histogram(
    "airship_images_phase_seconds",
    "Seconds that a phase of a build took",
    ["phase"],
    buckets=(0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600),
)
CACHE_LOOKUPS: Final = Counter(
    "airship_images_cache_lookups_total",
    "Root filesystems and disks that a build asked its cache for",
    ["entry", "outcome"],
)
LEADER: Final = Gauge("airship_images_leader", "1 while this process holds the Lease")

HOST_STATES: Final = ("updated", "updating", "eligible", "failed", "untouchable")


def count_builds(before: AirshipImageStatus, after: AirshipImageStatus) -> None:
    """Count the build that ended between these two, if one did: what was built elsewhere is one if it was booted."""
    failed = newly_failed(before, after)
    published = newly_published(before, after)
    if published is not None and (published.verified or not published.built_elsewhere):
        BUILDS.labels("succeeded", Reason.PUBLISHED).inc()
    elif failed is not None and failed.reason is not None:
        BUILDS.labels("failed", failed.reason).inc()


def measure_phases(pod: Object) -> None:
    """Note how long each container of a pod ran that has just ended, and what it found in the cache."""
    status = pod.get("status", {})
    for each in (*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())):
        ended = each.get("state", {}).get("terminated") or {}
        if ended.get("startedAt") and ended.get("finishedAt"):
            seconds = datetime.fromisoformat(ended["finishedAt"]) - datetime.fromisoformat(ended["startedAt"])
            PHASE_SECONDS.labels(each["name"]).observe(seconds.total_seconds())
        lookup = last_words(ended, CacheLookup)
        if lookup is not None:
            CACHE_LOOKUPS.labels(lookup.entry, "hit" if lookup.hit else "miss").inc()


class Inventory(Collector):
    """What there is at the moment of being asked: images, hosts, builds."""

    def __init__(self, store: Store, line: WaitingLine) -> None:
        self._store = store
        self._line = line

    def register(self) -> None:
        """Answer from now on."""
        REGISTRY.register(self)

    def describe(self) -> Iterator[Metric]:
        """Nothing is collected before somebody asks."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """One pass over the statuses that the operator has written."""
        phases: Count[str] = Count()
        hosts: Count[str] = Count(dict.fromkeys(HOST_STATES, 0))
        last = ""
        for status in self._statuses():
            phases[str(status.get("phase") or "Pending")] += 1
            if counted := status.get("hosts"):
                hosts.update({state: int(counted.get(state, 0)) for state in HOST_STATES})
            if history := status.get("history"):
                last = max(last, str(history[0]["publishedAt"]))
        yield _family("airship_images_images", "AirshipImages by status.phase", "phase", phases)
        yield _family("airship_images_hosts", "Selected hosts by how their rollout stands", "state", hosts)
        yield GaugeMetricFamily("airship_images_builds_running", "Build Jobs that run", value=self._line.running())
        yield GaugeMetricFamily("airship_images_builds_waiting", "Build Jobs that wait in line", value=len(self._line))
        unnamed = sum(len(each.images) for each in self._store.unnamed.values())
        yield GaugeMetricFamily(
            "airship_images_uncatalogued", "Published images that their catalogue does not name", value=unnamed
        )
        if last:
            moment = datetime.fromisoformat(last).timestamp()
            yield GaugeMetricFamily(
                "airship_images_last_success_timestamp_seconds", "When an image was published last", value=moment
            )

    def _statuses(self) -> Iterator[dict[str, Any]]:
        for key in self._store.images:
            raw = self._store.images.get(key)
            if raw is not None:
                yield raw.get("status") or {}


def _family(name: str, text: str, label: str, counts: Count[str]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=[label])
    for value, count in sorted(counts.items()):
        family.add_metric([value], count)
    return family
