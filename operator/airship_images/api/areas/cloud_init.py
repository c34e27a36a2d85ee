"""What does cloud-init find at the first boot?"""

from typing import Annotated, Literal

from pydantic import Field

from airship_images.api.areas.base import Area, Content
from airship_images.api.merge import Default, Merge, Needs

Datasource = Literal["ConfigDrive", "NoCloud", "OpenStack", "Ec2", "None"]


class CloudInit(Area):
    """Datasources, and the data that the image itself brings."""

    datasources: Annotated[
        Annotated[list[Datasource], Field(min_length=1, max_length=8), Merge.ATOMIC] | None,
        Needs(("cloud-init",)),
        Default(["ConfigDrive", "NoCloud", "None"]),
    ] = Field(None, description="Where cloud-init looks, in order (default ConfigDrive, NoCloud, None)")
    user_data: Annotated[Content | None, Needs(("cloud-init",))] = Field(
        None, description="User data for a host that gets none from elsewhere: the image's seed, an ISO's config drive"
    )
    network_config: Annotated[Content | None, Needs(("cloud-init",))] = Field(
        None,
        description="Network configuration beside it: cloud-init's (version 1 or 2); for an ISO, network_data.json",
    )
