"""Where is the API server, and by what credentials does it know us?"""

from dataclasses import dataclass
from pathlib import Path

from kubernetes.aio.client.api_client import ApiClient
from kubernetes.aio.client.configuration import Configuration
from kubernetes.aio.config.incluster_config import load_incluster_config
from kubernetes.aio.config.kube_config import load_kube_config


@dataclass(frozen=True)
class Connection:
    """How to reach and be trusted by the API server."""

    server: str
    ca_file: str | None
    certificate_file: str | None
    key_file: str | None
    token: str | None


async def api_client(kubeconfig: Path | None) -> ApiClient:
    """By the credentials of `kubeconfig`, or without one by the pod's own; the environment has no say in it."""
    configuration = Configuration(client_session_kwargs={"trust_env": False})
    if kubeconfig is None:
        load_incluster_config(client_configuration=configuration)  # type: ignore[no-untyped-call]
    else:
        await load_kube_config(  # type: ignore[no-untyped-call]
            config_file=str(kubeconfig), client_configuration=configuration
        )
    return ApiClient(configuration=configuration)


def connection_of(api: ApiClient) -> Connection:
    """What this client connects by, its token fresh."""
    found = api.configuration
    if found.refresh_api_key_hook is not None:
        found.refresh_api_key_hook(found)
    token = found.api_key.get("BearerToken", "").partition(" ")[2]
    return Connection(found.host, found.ssl_ca_cert, found.cert_file, found.key_file, token or None)
