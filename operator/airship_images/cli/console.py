"""How does a result reach standard output, and everything else standard error?"""

import json
from enum import StrEnum
from typing import Final

from pydantic import JsonValue
from rich.console import Console

from airship_images.api.errors import AirshipError, FindingsError
from airship_images.api.redaction import redact
from airship_images.spec.dump import dump

OUT: Final = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
"""Standard output, with colour on a terminal alone: the result and nothing else."""

ERR: Final = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)
"""Standard error: progress, logs and errors."""


class Format(StrEnum):
    """How a result is written."""

    TEXT = "text"
    JSON = "json"
    YAML = "yaml"


def document(value: JsonValue, form: Format) -> None:
    """Write `value` as JSON, or as YAML, and end the line; text is each command's own."""
    OUT.file.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n" if form is Format.JSON else dump(value))


def error(problem: AirshipError) -> None:
    """Write `problem` to standard error, one line for each thing that is wrong."""
    findings = problem.findings if isinstance(problem, FindingsError) else [problem.message]
    for finding in findings:
        ERR.print("error:", style="bold red", end=" ")
        ERR.print(printable(redact(str(finding))))


def printable(text: str) -> str:
    """`text` on one line and without the control characters that a terminal would obey."""
    return "".join(character if character.isprintable() else " " for character in text)
