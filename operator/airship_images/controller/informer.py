"""kopf as an informer: it lists, watches and calls handlers, and keeps nothing on the objects."""

from typing import Any

import kopf

from airship_images.cluster import labels
from airship_images.cluster.client import Client


class _NoDiffs(kopf.DiffBaseStorage):
    """No handler asks what changed, so nothing is kept or compared: it costs a third of the time of an event."""

    def build(self, **_: Any) -> kopf.BodyEssence:
        return kopf.BodyEssence()

    def fetch(self, **_: Any) -> None:
        return None

    def store(self, **_: Any) -> None:
        return None


async def watch(client: Client, registry: kopf.OperatorRegistry, namespaces: list[str]) -> None:
    """Feed the handlers of `registry`, connected as `client` is, until a signal asks to stop; no namespace is all."""

    async def login(**_: Any) -> kopf.ConnectionInfo:
        """Asked again when the API server takes the token no more."""
        connection = client.connection()
        return kopf.ConnectionInfo(
            server=connection.server,
            ca_path=connection.ca_file,
            certificate_path=connection.certificate_file,
            private_key_path=connection.key_file,
            token=connection.token,
        )

    kopf.on.login(registry=registry)(login)
    await kopf.operator(
        registry=registry,
        settings=_settings(),
        clusterwide=not namespaces,
        namespaces=namespaces,
        standalone=True,
    )


def _settings() -> kopf.OperatorSettings:
    settings = kopf.OperatorSettings()
    settings.posting.enabled = False
    settings.persistence.diffbase_storage = _NoDiffs()
    settings.watching.server_timeout = 300
    settings.watching.client_timeout = 310
    settings.watching.label_selectors["jobs"] = labels.OURS
    settings.watching.label_selectors["pods"] = labels.OURS
    return settings
