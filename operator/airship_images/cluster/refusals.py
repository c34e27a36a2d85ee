"""What does it mean that a request failed: who refused it, why, and until when?"""

import json
from http import HTTPStatus
from typing import Final

import aiohttp
from kubernetes.aio.client.exceptions import ApiException

API_ERRORS: Final = (ApiException, aiohttp.ClientError, TimeoutError)
"""What a request raises when the API server refuses, is away or does not answer."""


def retry_after(error: ApiException) -> float:
    """Seconds for which the API server asks to be left alone; 0 when it asks for nothing."""
    asked = str((error.headers or {}).get("Retry-After", ""))
    return float(asked) if asked.isdecimal() else 0.0


def is_ending(error: ApiException) -> bool:
    """Was something not created because its namespace is deleted as a whole?"""
    return error.status == HTTPStatus.FORBIDDEN and "NamespaceTerminating" in str(error.body)


def is_over_quota(error: ApiException) -> bool:
    """Was something not created because a ResourceQuota has no room for it?"""
    return error.status == HTTPStatus.FORBIDDEN and "exceeded quota" in message(error)


def message(error: Exception) -> str:
    """What the API server said, or why it said nothing, in one line."""
    if not isinstance(error, ApiException):
        return str(error) or type(error).__name__
    try:
        return str(json.loads(error.body or "")["message"])
    except (TypeError, ValueError, KeyError):
        return f"{error.status} {error.reason}"
