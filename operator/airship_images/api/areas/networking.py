"""How are the network's devices named and set up?"""

from typing import Annotated

from pydantic import Field, StringConstraints

from airship_images.api.areas.base import Area, Content, Line, Named
from airship_images.api.merge import Merge, Needed, NotYet

Address = Annotated[str, StringConstraints(pattern=r"^[0-9A-Fa-f:.]{2,45}$")]
Names = Annotated[list[Line], Field(max_length=32), Merge.REPLACE]


class NetworkFile(Named):
    """One configuration file of netplan or systemd-networkd."""

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.@-]{0,126}$")] = Field(
        description="File name, for example 10-uplink.network; merge key"
    )
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
    search: Annotated[list[Line], Field(max_length=16), Merge.UNION] | None = Field(None, description="Search domains")


class Networking(Area):
    """Interface names, network configuration, hosts and resolver."""

    systemd_nic_names_policy: Annotated[Line | None, NotYet()] = Field(
        None, description="Interface naming policy of systemd.link, for example 'kernel database onboard path slot'"
    )
    netplan: Annotated[list[NetworkFile], Field(max_length=32), Merge.BY_NAME, NotYet()] | None = Field(
        None, description="Files of /etc/netplan"
    )
    networkd: Annotated[list[NetworkFile], Field(max_length=64), Merge.BY_NAME, NotYet()] | None = Field(
        None, description="Files of /etc/systemd/network"
    )
    hosts: Annotated[list[HostEntry], Field(max_length=256), Merge.BY_NAME, NotYet()] | None = Field(
        None, description="Lines of /etc/hosts"
    )
    resolver: Annotated[Resolver | None, NotYet()] = Field(None, description="Name resolution")
