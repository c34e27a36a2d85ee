"""Does a Kubernetes label selector match these labels? As apimachinery does, and where it would err: None."""

from collections.abc import Mapping
from typing import Any


def has_labels(wanted: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    """Whether all of a non-empty `wanted` are among `labels`; an empty selector selects nothing (rule 1)."""
    return bool(wanted) and all(labels.get(key) == value for key, value in wanted.items())


def matches(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool | None:
    """Whether all of the selector holds; an empty one matches everything; None when it is malformed."""
    match_labels = selector.get("matchLabels") or {}
    expressions = selector.get("matchExpressions") or []
    if not isinstance(match_labels, Mapping) or not isinstance(expressions, list):
        return None
    answers = [labels.get(key) == value for key, value in match_labels.items()]
    answers += [_holds(expression, labels) for expression in expressions]
    if None in answers:
        return None
    return all(answers)


def _holds(expression: object, labels: Mapping[str, str]) -> bool | None:
    if not isinstance(expression, Mapping) or not isinstance(values := expression.get("values") or [], list):
        return None
    label = labels.get(str(expression.get("key")))
    # CAPM3 lower-cases the operator before it asks apimachinery.
    match str(expression.get("operator")).lower():
        case "in" | "=" | "==":
            return label in values
        case "notin" | "!=":
            return label not in values
        case "exists":
            return label is not None
        case "doesnotexist" | "!":
            return label is None
        case _:
            return None
