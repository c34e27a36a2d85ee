"""The one write to a host: after a live look at it, only while we lead, and only if it is still what was planned on."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Final, cast

import aiohttp
from kubernetes.aio.client import ApiClient, CustomObjectsApi
from kubernetes.aio.client.exceptions import ApiException

from airship_images.api.errors import OutsideError
from airship_images.api.reasons import Reason
from airship_images.plan.eligibility import MachineTemplate, objection
from airship_images.plan.host_patch import PatchHost
from airship_images.plan.hosts import FIELD_MANAGER, read

GROUP: Final = "metal3.io"
VERSION: Final = "v1alpha1"
PLURAL: Final = "baremetalhosts"
TIMEOUT: Final = 5.0
"""Seconds for one request: a Lease that was fresh (5 s, rule 12) before the patch still holds when it arrives."""
MESSAGE_LENGTH: Final = 512


async def patch_host(
    api: ApiClient, action: PatchHost, claimants: tuple[MachineTemplate, ...], lease_is_fresh: Callable[[], bool]
) -> dict[str, Any]:
    """Patch the host once and return it as the API server then has it, for the store to show at once.

    `claimants` are those that there are just now, whatever was known when it was planned. `lease_is_fresh` says whether
    our Lease was renewed in the last 5 s. Raises OutsideError, to be tried again from a new plan: HostChanged (it is
    not as it was planned on), LeaseNotFresh, HostWriteRefused (by an admission webhook, or for want of rights),
    HostAPIUnavailable.
    """
    hosts = CustomObjectsApi(api)
    where = (GROUP, VERSION, action.namespace, PLURAL, action.name)
    live = await _ask(action, lambda: hosts.get_namespaced_custom_object(*where))
    _recheck(action, live, claimants)
    if not lease_is_fresh():
        raise OutsideError(
            f"BareMetalHost {action.name} is not patched: our Lease was not renewed in time, another operator may lead",
            reason=Reason.LEASE_NOT_FRESH,
        )
    return await _ask(
        action,
        lambda: hosts.patch_namespaced_custom_object(*where, body=dict(action.body), field_manager=FIELD_MANAGER),
    )


def _recheck(action: PatchHost, live: dict[str, Any], claimants: tuple[MachineTemplate, ...]) -> None:
    host = read(live)
    if (host.uid, host.resource_version) != (action.uid, action.resource_version):
        raise _changed(action, f"it is at version {host.resource_version}, planned was {action.resource_version}")
    found = objection(host, replace(action.terms, machine_templates=claimants))
    if found:
        raise _changed(action, found.message)


async def _ask(action: PatchHost, request: Callable[[], Awaitable[object]]) -> dict[str, Any]:
    try:
        async with asyncio.timeout(TIMEOUT):
            return cast(dict[str, Any], await request())
    except ApiException as error:
        raise _refused(action, error) from error
    except (aiohttp.ClientError, TimeoutError) as error:
        raise OutsideError(
            f"BareMetalHost {action.name}: the API server did not answer: {error or 'timeout'}",
            reason=Reason.HOST_API_UNAVAILABLE,
        ) from error


def _refused(action: PatchHost, error: ApiException) -> OutsideError:
    message = _message(error)
    if error.status in {404, 409}:
        return _changed(action, message)
    overloaded = error.status == 429 or not error.status or error.status >= 500
    reason = Reason.HOST_API_UNAVAILABLE if overloaded else Reason.HOST_WRITE_REFUSED
    return OutsideError(f"BareMetalHost {action.name}: {message}", reason=reason)


def _changed(action: PatchHost, message: str) -> OutsideError:
    return OutsideError(f"BareMetalHost {action.name} is not patched: {message}", reason=Reason.HOST_CHANGED)


def _message(error: ApiException) -> str:
    """The sentence of the API server's Status, or what else it answered."""
    try:
        text = json.loads(error.body or "")["message"]
    except (ValueError, KeyError, TypeError):
        text = f"{error.status} {error.reason}"
    return str(text)[:MESSAGE_LENGTH]
