"""What do the Secrets in PATH hold, and how does the builder alone get to see it?"""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from airship_images.api.build import SecretRef
from airship_images.api.configmap import decoded
from airship_images.api.configmap import texts as texts_of
from airship_images.api.documents import RawDocument
from airship_images.api.errors import Finding, FindingsError, InputError
from airship_images.api.reasons import Reason

_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")


@dataclass(frozen=True)
class Secret:
    """A Secret of PATH; its values are kept out of every text."""

    name: str
    namespace: str | None
    values: Mapping[str, bytes] = field(repr=False)


def read(raw: RawDocument) -> Secret:
    """The Secret in `raw`, `stringData` over `data` as the API server does; raises InputError, never with a value."""
    metadata = raw.data.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    if not isinstance(metadata, dict) or not isinstance(name, str) or not _NAME.fullmatch(name):
        raise InputError("metadata.name", "no valid name", "the name of the Secret")
    encoded = texts_of(raw.data, "data")
    plain = texts_of(raw.data, "stringData")
    values = {key: decoded(f"data.{key}", text, "plain text under stringData") for key, text in encoded.items()}
    values |= {key: text.encode() for key, text in plain.items()}
    namespace = metadata.get("namespace")
    return Secret(name, namespace if isinstance(namespace, str) else None, values)


def write(secrets: Mapping[str, Secret], wanted: Iterable[SecretRef], folder: Path) -> None:
    """Write each value of `wanted`, out of `secrets` by name, to `folder`/NAME/KEY for this user alone.

    Raises FindingsError with every Secret and key that is not there.
    """
    refs = list(wanted)
    if lacking := [finding for ref in refs if (finding := missing(secrets, ref))]:
        raise FindingsError(lacking)
    for ref in refs:
        target = folder / ref.secret_name / ref.key
        target.parent.mkdir(mode=0o700, exist_ok=True)
        with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(secrets[ref.secret_name].values[ref.key])


def missing(secrets: Mapping[str, Secret], ref: SecretRef) -> Finding | None:
    """What is wrong with `ref` when `secrets`, by name, are all there are."""
    path = f"Secret/{ref.secret_name}: {ref.key}"
    if ref.secret_name not in secrets:
        return Finding(Reason.SECRET_NOT_FOUND, path, "no such Secret in PATH", "its document beside the image")
    values = secrets[ref.secret_name].values
    if ref.key not in values:
        found = f"the keys {', '.join(sorted(values)) or '(none)'}"
        return Finding(Reason.SECRET_NOT_FOUND, path, found, f"the key {ref.key}")
    return None
