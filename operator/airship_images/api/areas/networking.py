"""How are the network's devices named and set up?"""

from typing import Annotated

from pydantic import Field, StringConstraints

from airship_images.api.areas.base import SYSTEMD, Area, Content, Named
from airship_images.api.merge import Merge, Needed, Needs

Address = Annotated[str, StringConstraints(pattern=r"^[0-9A-Fa-f:.]{2,45}$")]
HostName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?$", max_length=253)
]
Names = Annotated[list[HostName], Field(min_length=1, max_length=32), Merge.REPLACE]

_POLICY = "(?:keep|kernel|database|onboard|slot|path|mac)"
NamePolicy = Annotated[str, StringConstraints(pattern=rf"^{_POLICY}(?: {_POLICY}){{0,6}}$")]
"""The words of NamePolicy= in systemd.link(5)."""


class NetplanFile(Named):
    """One configuration file of netplan."""

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.@-]{0,121}\.yaml$")] = Field(
        description="File name, for example 10-uplink.yaml; merge key"
    )
    file_content: Annotated[Content | None, Needed()] = Field(None, description="Text of the file, not a template")


class NetworkdFile(Named):
    """One configuration file of systemd-networkd, or a drop-in as FILE.d/NAME.conf."""

    name: Annotated[
        str,
        StringConstraints(
            pattern=r"^[A-Za-z0-9][A-Za-z0-9_.@-]{0,117}\.(?:network|netdev|link)"
            r"(?:\.d/[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\.conf)?$"
        ),
    ] = Field(description="File name, for example 10-uplink.network; merge key")
    file_content: Annotated[Content | None, Needed()] = Field(None, description="Text of the file, not a template")


class HostEntry(Named):
    """One line of /etc/hosts."""

    name: Address = Field(description="Address; merge key")
    hostnames: Annotated[Names | None, Needed()] = Field(None, description="Names of the address")


class Resolver(Area):
    """Name resolution."""

    nameservers: Annotated[list[Address], Field(max_length=16), Merge.UNION] | None = Field(
        None, description="Addresses of name servers"
    )
    search: Annotated[list[HostName], Field(max_length=16), Merge.UNION] | None = Field(
        None, description="Search domains"
    )


class Networking(Area):
    """Interface names, network configuration, hosts and resolver."""

    systemd_nic_names_policy: NamePolicy | None = Field(
        None, description="Interface naming policy of systemd.link, for example 'kernel database onboard path slot'"
    )
    netplan: Annotated[list[NetplanFile], Field(max_length=32), Merge.BY_NAME, Needs(("netplan.io",))] | None = Field(
        None, description="Files of /etc/netplan; cloud-init then leaves the network alone"
    )
    networkd: Annotated[list[NetworkdFile], Field(max_length=64), Merge.BY_NAME, Needs(SYSTEMD)] | None = Field(
        None, description="Files of /etc/systemd/network; networkd is enabled, cloud-init leaves the network alone"
    )
    hosts: Annotated[list[HostEntry], Field(max_length=256), Merge.BY_NAME] | None = Field(
        None, description="Lines of /etc/hosts, after those of localhost"
    )
    resolver: Resolver | None = Field(
        None, description="Name resolution, by systemd-resolved where its package is, else /etc/resolv.conf"
    )
