"""What does the API server itself refuse? Rules of one object and linear cost, in the Common Expression Language."""

from pydantic import JsonValue


def cel(rule: str, message: str) -> dict[str, JsonValue]:
    """The extension of a JSON schema that refuses an object, with `message`, where `rule` is false."""
    return {"x-kubernetes-validations": [{"rule": rule, "message": message}]}
