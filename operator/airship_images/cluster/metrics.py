"""How often does the operator ask the API server for what, and what does it get?"""

from typing import Final

from prometheus_client import Counter

REQUESTS: Final = Counter(
    "airship_images_api_requests_total", "Requests to the API server", ["verb", "resource", "code"]
)


def count(verb: str, path: str, code: int) -> None:
    """Note one answer, by the kind of object that `path` is about."""
    REQUESTS.labels(verb, resource(path), str(code)).inc()


def resource(path: str) -> str:
    """The plural in a URL path of the API, with its part; `discovery` for a path that names none."""
    parts = path.strip("/").split("/")
    if parts[0] not in {"api", "apis"}:
        return "discovery"
    rest = parts[2:] if parts[0] == "api" else parts[3:]
    if rest[:1] == ["namespaces"] and len(rest) > 2:
        rest = rest[2:]
    if not rest:
        return "discovery"
    return "/".join((rest[0], *rest[2:3]))
