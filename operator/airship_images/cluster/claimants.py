"""Who may claim the hosts of a namespace? Cluster API, by its Metal3MachineTemplates, where it is installed."""

from typing import Final

from airship_images.api.errors import OutsideError
from airship_images.api.reasons import Reason
from airship_images.cluster.client import Client, Resource
from airship_images.cluster.refusals import API_ERRORS, message
from airship_images.cluster.store import machine_template
from airship_images.plan.eligibility import MachineTemplate
from airship_images.plan.machine_templates import KIND

CLUSTER_API: Final = "infrastructure.cluster.x-k8s.io"
MACHINE_TEMPLATES: Final = "metal3machinetemplates"


async def machine_templates(client: Client) -> Resource | None:
    """The kind, in the version that the API server prefers; None where it has none of the group."""
    version = await client.preferred_version(CLUSTER_API)
    return Resource(CLUSTER_API, version, MACHINE_TEMPLATES, KIND) if version else None


async def claimants(client: Client, namespace: str) -> tuple[MachineTemplate, ...]:
    """The templates of the namespace as of now, for what is about to be written to its hosts.

    The watch tells of a kind that was installed just now only seconds later. Raises OutsideError with reason
    HostAPIUnavailable where the API server does not say.
    """
    try:
        resource = await machine_templates(client)
        listed = await client.list(resource, namespace) if resource else None
    except API_ERRORS as error:
        told = f"no host is patched: the API server does not say who may claim it: {message(error)}"
        raise OutsideError(told, reason=Reason.HOST_API_UNAVAILABLE) from error
    if resource is None or listed is None:
        return ()
    return tuple(machine_template({"apiVersion": resource.api_version, **raw}) for raw in listed[0])
