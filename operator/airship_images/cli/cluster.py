"""Which cluster does a command speak to, and what becomes of its refusals?"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import aiohttp
from kubernetes.aio.client.exceptions import ApiException
from kubernetes.aio.config.config_exception import ConfigException
from kubernetes.aio.config.kube_config import list_kube_config_contexts

from airship_images.api.errors import InputError, OutsideError
from airship_images.cluster.client import Client
from airship_images.cluster.refusals import message

Answer = TypeVar("Answer")


def ask(kubeconfig: Path, question: Callable[[Client], Awaitable[Answer]]) -> Answer:
    """What `question` makes of the cluster of the kubeconfig's current context; raises AirshipError alone."""
    try:
        return asyncio.run(_ask(kubeconfig.expanduser(), question))
    except ConfigException as error:
        raise InputError("--kubeconfig", str(error), "a file that kubectl can use") from error
    except (ApiException, aiohttp.ClientError, TimeoutError) as error:
        raise OutsideError(f"the API server: {message(error)}") from error


def split(image: str, kubeconfig: Path) -> tuple[str, str]:
    """Namespace and name of `[NAMESPACE/]NAME`; without a namespace it is the one of the current context."""
    namespace, _, name = image.rpartition("/")
    return namespace or _namespace(kubeconfig.expanduser()), name


async def _ask(kubeconfig: Path, question: Callable[[Client], Awaitable[Answer]]) -> Answer:
    async with await Client.connect(kubeconfig) as client:
        return await question(client)


def _namespace(kubeconfig: Path) -> str:
    try:
        _, active = list_kube_config_contexts(config_file=str(kubeconfig))  # type: ignore[no-untyped-call]
    except ConfigException as error:
        raise InputError("--kubeconfig", str(error), "a file that kubectl can use") from error
    return str(active["context"].get("namespace") or "default")
