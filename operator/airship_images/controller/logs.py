"""How does the operator log? A line of JSON each, or plain text, with the image that it is about."""

import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Final, Literal

from airship_images.api.redaction import redact

IMAGE: Final[ContextVar[str]] = ContextVar("image", default="")
"""namespace/name of the image that the current worker looks at."""
BUILD: Final[ContextVar[str]] = ContextVar("build", default="")
"""Short hash of the build that the image asks for."""
STEP: Final[ContextVar[str]] = ContextVar("step", default="")
"""gather, plan or apply."""


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "image": IMAGE.get(),
            "build": BUILD.get(),
            "step": STEP.get(),
            "message": redact(record.getMessage()),
            "error": redact(self.formatException(record.exc_info)) if record.exc_info else "",
        }
        return json.dumps({name: value for name, value in entry.items() if value})


class _Plain(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        about = f" [{IMAGE.get()} {STEP.get()}]" if IMAGE.get() else ""
        return redact(f"{self.formatTime(record)} {record.levelname}{about} {super().format(record)}")


def set_up(style: Literal["json", "plain"]) -> None:
    """Log to standard error from now on."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Json() if style == "json" else _Plain())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("kopf").setLevel(logging.WARNING)  # else a line for every event
