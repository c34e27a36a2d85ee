"""NodeProfile: what a node is. Several compose, in order, into one image."""

from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue

from airship_images.api.areas.cloud_init import CloudInit
from airship_images.api.areas.drivers import Drivers
from airship_images.api.areas.kernel import Kernel
from airship_images.api.areas.networking import Networking
from airship_images.api.areas.software import Software
from airship_images.api.areas.storage import Storage
from airship_images.api.areas.system import System
from airship_images.api.merge import Phase
from airship_images.api.metadata import Metadata
from airship_images.api.model import Document


class NodeProfileSpec(Document):
    """Every area of a node. Unset means 'no opinion': an earlier profile's value, or the default, stays."""

    software: Annotated[Software | None, Phase.ROOTFS] = Field(
        None, description="Distribution, packages and repositories"
    )
    kernel: Kernel | None = Field(None, description="Kernel, modules, sysctl, boot loader, crash dumps")
    drivers: Annotated[Drivers | None, Phase.ROOTFS] = Field(None, description="Firmware and out-of-tree drivers")
    networking: Networking | None = Field(None, description="Interface names, network files, hosts, resolver")
    storage: Annotated[Storage | None, Phase.DISK] = Field(None, description="Capacity of the disk and its partitions")
    cloud_init: CloudInit | None = Field(None, description="What cloud-init finds at the first boot")
    system: System | None = Field(None, description="Files, units, users, limits, banners, scripts")
    extra_vars: Annotated[dict[str, JsonValue], Field(max_length=256)] | None = Field(
        None, description="Variables of users' own Ansible roles (system.roles); free-form data, never templates"
    )


class NodeProfile(Document):
    """One common place for what a node is."""

    api_version: Literal["airshipit.org/v1alpha1"]
    kind: Literal["NodeProfile"]
    metadata: Metadata
    spec: NodeProfileSpec = Field(description="What the node is, by area")
    status: dict[str, Any] | None = None
