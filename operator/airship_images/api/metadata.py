"""The part of ObjectMeta that we read; the rest belongs to the API server and to others."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints


class Metadata(BaseModel):
    """Name, namespace and annotations of an object; other fields are kept out of our way, not refused."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$")]
    namespace: str | None = None
    uid: str | None = None
    generation: int | None = None
    annotations: dict[str, str] = Field(default_factory=dict)
    labels: dict[str, str] = Field(default_factory=dict)
