"""Which BareMetalHosts does Metal3's webhook refuse? It looks at the whole object on every update (v0.14)."""

from typing import Any, Final
from urllib.parse import urlsplit

SCHEMES: Final = {"http", "https", "ftp", "gopher", "oci"}


class RefusedError(Exception):
    """The sentence of the webhook."""


def admit(host: dict[str, Any]) -> None:
    """Return when the object may be stored; RefusedError otherwise."""
    image = host["spec"].get("image")
    if image is None:
        return
    scheme = urlsplit(image["url"]).scheme
    if scheme not in SCHEMES:
        raise RefusedError(f"image URL {image['url']}: unsupported scheme")
    if scheme == "oci" and image.get("checksum"):
        raise RefusedError("image checksum must not be set for an OCI image")
    if scheme != "oci" and image.get("format") != "live-iso" and not image.get("checksum"):
        raise RefusedError("image checksum is required")
