"""The one exception of this package."""

from hack.cluster.errors import ClusterError


class NotReadyError(ClusterError):
    """What is not ready and will not become so by waiting."""
