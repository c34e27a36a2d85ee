"""The one exception of this package."""


class ClusterError(Exception):
    """What went wrong and what to do next, as sentences for the person at the terminal."""
