"""What can Prometheus ask the operator?"""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

RECONCILES: Final = Counter("airship_images_reconciles_total", "Times an image was looked at", ["outcome"])
RECONCILE_SECONDS: Final = Histogram(
    "airship_images_reconcile_seconds",
    "Seconds from gathering to the last write for one image",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
ACTIONS: Final = Counter("airship_images_actions_total", "Actions that were carried out", ["action"])
QUEUE_LENGTH: Final = Gauge("airship_images_queue_length", "Images that wait for a worker")
LEADER: Final = Gauge("airship_images_leader", "1 while this process holds the Lease")
