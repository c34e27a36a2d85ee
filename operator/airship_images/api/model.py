"""The base of every document model: strict, frozen, and deaf to fields it does not know."""

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Document(BaseModel):
    """A frozen model whose fields are camelCase outside and snake_case inside; unknown fields are errors."""

    model_config = ConfigDict(
        strict=True, frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True, use_enum_values=False
    )
