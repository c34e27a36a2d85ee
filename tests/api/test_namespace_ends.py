"""What the API server says where a whole namespace is being deleted."""

import asyncio
from pathlib import Path

import pytest
from kubernetes.aio.client.exceptions import ApiException

from airship_images.cluster.client import CONFIGMAPS, Client, Object
from airship_images.cluster.refusals import is_ending
from tests.api.kube import Kube


async def create(kubeconfig: Path, namespace: str, body: Object) -> None:
    async with await Client.connect(kubeconfig) as client:
        await client.create(CONFIGMAPS, namespace, body)


def test_a_refusal_tells_that_the_namespace_ends(kube: Kube) -> None:
    """Nothing ends a namespace here but its finalizer, which waits for a controller that is not there."""
    kube.kubectl("create", "namespace", "ending")
    kube.kubectl("delete", "namespace", "ending", "--wait=false")
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "late"}}
    with pytest.raises(ApiException) as refused:
        asyncio.run(create(kube.kubeconfig, "ending", body))
    assert is_ending(refused.value)


def test_another_refusal_does_not(kube: Kube) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "late"}}
    with pytest.raises(ApiException) as refused:
        asyncio.run(create(kube.kubeconfig, "nowhere", body))
    assert not is_ending(refused.value)
