"""What does cloud-init find at the first boot?"""

from typing import Annotated, Literal

from pydantic import Field

from airship_images.api.areas.base import Area, Content
from airship_images.api.merge import Default, Merge, Needs, NotYet

Datasource = Literal["ConfigDrive", "NoCloud", "OpenStack", "Ec2", "None"]


class CloudInit(Area):
    """Datasources and the data of the image's own config drive."""

    datasources: Annotated[
        Annotated[list[Datasource], Field(min_length=1, max_length=8), Merge.ATOMIC] | None,
        Needs(("cloud-init",)),
        Default(["ConfigDrive", "NoCloud", "None"]),
    ] = Field(None, description="Where cloud-init looks, in order (default ConfigDrive, NoCloud, None)")
    user_data: Annotated[Content | None, NotYet()] = Field(None, description="User data of an ISO's config drive")
    network_config: Annotated[Content | None, NotYet()] = Field(
        None, description="Network configuration of an ISO's config drive"
    )
