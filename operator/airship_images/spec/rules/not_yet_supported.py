"""Is anything asked for that has no effect yet? It is refused, never ignored."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from airship_images.api.airshipimage import AirshipImageSpec
from airship_images.api.distributions import ARCHITECTURE
from airship_images.api.errors import Finding
from airship_images.api.reasons import Reason
from airship_images.api.shape import FieldShape, shape_of, walk
from airship_images.spec.paths import without_items
from airship_images.spec.rules.subject import Subject

SUPPORTED: Final[Mapping[str, tuple[str, ...]]] = {
    "software.rootfs_arch": (ARCHITECTURE,),
}
"""The values that have an effect, by path without the names of items; the models allow what later versions build."""
_LIMITED: Final = frozenset(path.rpartition(".")[2] for path in SUPPORTED)
"""The names of these fields: nothing else is looked up, of hundreds of paths."""


def not_yet_supported(subject: Subject) -> Iterator[Finding]:
    """Fields marked NotYet that are set, and values beyond SUPPORTED."""
    for path, field, value in subject.node.fields:
        if problem := _problem(path, field, value):
            yield subject.in_node(Reason.NOT_YET_SUPPORTED, path, *problem)
    spec = subject.image.spec.model_dump(by_alias=True, exclude_none=True, exclude={"params"})
    for path, field, value in walk(shape_of(AirshipImageSpec), spec):
        if subject.is_v1 and path == "image.type":  # which rule airship_v1 looks at
            continue
        if problem := _problem(path, field, value):
            yield subject.in_image(Reason.NOT_YET_SUPPORTED, path, *problem)


def _problem(path: str, field: FieldShape, value: Any) -> tuple[str, str] | None:
    if field.not_yet:
        return "a field that has no effect yet", "nothing: this version does not build it"
    known = SUPPORTED.get(without_items(path)) if field.name in _LIMITED else None
    if known and value not in known:
        return repr(value), f"{' or '.join(known)}: this version builds no other"
    return None
