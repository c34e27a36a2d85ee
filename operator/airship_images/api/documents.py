"""What does YAML that somebody else wrote hold, and is it a NodeProfile or an AirshipImage?"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from airship_images.api.airshipimage import AirshipImage
from airship_images.api.errors import Finding, InputError, InvalidDocument
from airship_images.api.explanations import explain, phrase
from airship_images.api.merge import Merge
from airship_images.api.nodeprofile import NodeProfile
from airship_images.api.reasons import Reason
from airship_images.api.shape import FieldShape, shape_of, walk
from airship_images.api.yamlgraph import load_documents

BYTE_LIMIT: Final = 8 * 1024 * 1024
"""Bytes of one source, all documents together."""

API_VERSION: Final = "airshipit.org/v1alpha1"
KINDS: Final[Mapping[str, type[NodeProfile] | type[AirshipImage]]] = {
    "NodeProfile": NodeProfile,
    "AirshipImage": AirshipImage,
}
FINDINGS_LIMIT: Final = 50
"""Findings shown of one document: a person mends the first ones first."""


@dataclass(frozen=True)
class RawDocument:
    """One document as plain data; `index` counts the documents of `source` from 0."""

    source: str
    index: int
    data: dict[str, Any]

    @property
    def kind(self) -> str:
        """Its kind, or an empty text."""
        return _text(self.data.get("kind"))

    @property
    def name(self) -> str:
        """Kind/name, or where it is when it has none."""
        metadata = self.data.get("metadata")
        name = _text(metadata.get("name")) if isinstance(metadata, dict) else ""
        return f"{self.kind}/{name}" if self.kind and name else f"{self.source}, document {self.index + 1}"


def parse(text: str | bytes, source: str) -> list[RawDocument]:
    """The documents in `text`; `source` names it in messages. Empty documents are left out, a List is unpacked.

    Raises InputError for what is no YAML, over BYTE_LIMIT, an alias bomb, a key given twice, or not a map.
    """
    size = len(text if isinstance(text, bytes) else text.encode(errors="surrogatepass"))
    if size > BYTE_LIMIT:
        raise InputError(source, f"{size} bytes of YAML", f"at most {BYTE_LIMIT >> 20} MiB; split it")
    objects = [item for value in load_documents(text, source) if value is not None for item in _unpacked(value)]
    for index, value in enumerate(objects):
        if not isinstance(value, dict):
            raise InputError(f"{source}, document {index + 1}", phrase(value), "a map with apiVersion, kind and spec")
    return [RawDocument(source, index, value) for index, value in enumerate(objects)]


def validate(raw: RawDocument) -> NodeProfile | AirshipImage:
    """The model of `raw`; raises InvalidDocument with everything that does not fit its schema."""
    model = KINDS.get(raw.kind)
    if model is None:
        kind = repr(raw.kind) if raw.kind else phrase(raw.data.get("kind"))
        raise InvalidDocument([_finding(f"{raw.name}: kind", kind, " or ".join(KINDS))])
    try:
        document = model.model_validate(raw.data)
    except ValidationError as error:
        shape = shape_of(model)
        shown = error.errors(include_url=False, include_context=True)[:FINDINGS_LIMIT]
        raise InvalidDocument([explain(raw.name, shape, raw.data, item) for item in shown]) from error
    findings = [_finding(f"{raw.name}: {path}", found, right) for path, found, right in _slips(document, raw.data)]
    if findings:
        raise InvalidDocument(findings[:FINDINGS_LIMIT])
    return document


def _slips(document: BaseModel, data: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(path, found, expected) of what the API server refuses and a model alone does not see."""
    written = document.model_dump(by_alias=True, exclude_unset=True)
    yield from _python_names(data.get("spec"), written.get("spec"), "spec")
    yield from _contradictions(shape_of(type(document)), {"spec": written["spec"]})


def _python_names(data: Any, written: Any, path: str) -> Iterator[tuple[str, str, str]]:
    """Fields under the name that they have inside our code."""
    if isinstance(data, dict) and isinstance(written, dict):
        for name in data:
            if name not in written:
                yield f"{path}.{name}", "an unknown field", "its name in camelCase"
            else:
                yield from _python_names(data[name], written[name], f"{path}.{name}")
    elif isinstance(data, list) and isinstance(written, list):
        for index, (item, other) in enumerate(zip(data, written, strict=False)):
            yield from _python_names(item, other, f"{path}[{index}]")


def _contradictions(shape: Mapping[str, FieldShape], data: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Items of one list with the same merge key, and fields of one item that exclude each other."""
    for path, field, value in walk(shape, data):
        if field.merge in (Merge.UNION, Merge.SUBTRACT):
            yield from ((f"{path}[{name}]", "the same item twice", "each item once") for name in _twice(value))
        elif field.merge is Merge.BY_NAME:
            names = _twice([item["name"] for item in value])
            yield from ((f"{path}[{name}]", "the same name twice", "each name once in a list") for name in names)
            for item in value:
                yield from _exclusive(field.fields, item, f"{path}[{item['name']}]")


def _exclusive(shape: Mapping[str, FieldShape], item: Mapping[str, Any], path: str) -> Iterator[tuple[str, str, str]]:
    given = [name for name, value in item.items() if value is not None and shape[name].clears]
    if len(given) > 1:
        yield path, " and ".join(given), "one of them"


def _twice(names: Sequence[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def _unpacked(value: Any) -> list[Any]:
    """The objects of a v1 List, as `kubectl get -o yaml` writes it, or the value itself."""
    if isinstance(value, dict) and value.get("kind") == "List" and isinstance(value.get("items"), list):
        return list(value["items"])
    return [value]


def _finding(path: str, found: str, expected: str) -> Finding:
    return Finding(Reason.INVALID_INPUT, path, found, expected)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
