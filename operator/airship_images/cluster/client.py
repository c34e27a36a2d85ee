"""How do we speak to the API server? Plain JSON objects over the kubernetes client's connections and credentials."""

import json
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import aiohttp
from kubernetes.aio.client.api_client import ApiClient
from kubernetes.aio.client.exceptions import ApiException
from kubernetes.aio.client.rest import RESTResponse

from airship_images.cluster import metrics
from airship_images.cluster.connection import Connection, api_client, connection_of

FIELD_MANAGER: Final = "airship-images"
READ_TIMEOUT: Final = aiohttp.ClientTimeout(total=30)
WRITE_TIMEOUT: Final = aiohttp.ClientTimeout(total=10)
"""A write that hangs must not come through long after another operator has taken the Lease."""
JSON: Final = "application/json"
METADATA: Final = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
PAGE: Final = 500
"""Objects in one answer of a list."""

Object = dict[str, Any]
"""A Kubernetes object as the API server sends it."""
Listed = tuple[list[Object], str]
"""Objects, and the resourceVersion of the answer."""
Keep = Callable[[Object], Object]


@dataclass(frozen=True)
class Resource:
    """A kind of object: where its API is, and what it is called."""

    api: str
    version: str
    plural: str
    kind: str

    def path(self, namespace: str | None, name: str | None = None, part: str | None = None) -> str:
        """The URL path of one object, of a part of it (status, log), or of all in a namespace or the cluster."""
        where = ("namespaces", namespace) if namespace else ()
        return "/".join(("", *self._root(), *where, self.plural, *filter(None, (name, part))))

    def _root(self) -> tuple[str, ...]:
        return ("apis", self.api, self.version) if self.api else ("api", self.version)

    @property
    def api_version(self) -> str:
        """The object's apiVersion."""
        return f"{self.api}/{self.version}" if self.api else self.version


IMAGES: Final = Resource("airshipit.org", "v1alpha1", "airshipimages", "AirshipImage")
PROFILES: Final = Resource("airshipit.org", "v1alpha1", "nodeprofiles", "NodeProfile")
CONFIGMAPS: Final = Resource("", "v1", "configmaps", "ConfigMap")
JOBS: Final = Resource("batch", "v1", "jobs", "Job")
PODS: Final = Resource("", "v1", "pods", "Pod")
HOSTS: Final = Resource("metal3.io", "v1alpha1", "baremetalhosts", "BareMetalHost")
LEASES: Final = Resource("coordination.k8s.io", "v1", "leases", "Lease")


def all_of_it(raw: Object) -> Object:
    """Keep everything."""
    return raw


class Client:
    """Requests to one API server; close it, or use it as an async context manager."""

    def __init__(self, api: ApiClient) -> None:
        self.api = api

    @classmethod
    async def connect(cls, kubeconfig: Path | None) -> Self:
        """By the credentials of `kubeconfig`, or without one by the pod's own; the environment has no say in it."""
        return cls(await api_client(kubeconfig))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.api.close()  # type: ignore[no-untyped-call]

    def connection(self) -> Connection:
        """What this client connects by, its token fresh."""
        return connection_of(self.api)

    async def get(self, resource: Resource, namespace: str, name: str) -> Object | None:
        """The object, or None where there is none."""
        try:
            return await self._json("GET", resource.path(namespace, name))
        except ApiException as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise

    async def list(
        self,
        resource: Resource,
        namespace: str | None = None,
        *,
        labels: str | None = None,
        whole: bool = True,
        keep: Keep = all_of_it,
    ) -> Listed | None:
        """All objects with these labels, and the resourceVersion of the answer; None where there is no such kind.

        Not `whole`: their metadata alone. `keep` gives what is needed of an object: of thousands the rest is never held
        all at once.
        """
        accept = JSON if whole else METADATA
        query = {"labelSelector": labels} if labels else {}
        try:
            return await self._pages(resource.path(namespace), {**query, "limit": str(PAGE)}, accept, keep)
        except ApiException as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            if error.status != HTTPStatus.GONE:
                raise
        # what the pages were of is compacted: all at once
        return await self._pages(resource.path(namespace), query, accept, keep)

    async def _pages(self, path: str, query: dict[str, str], accept: str, keep: Keep) -> Listed:
        found: list[Object] = []
        while True:
            page = await self._json("GET", path, query=query, accept=accept)
            found += map(keep, page["items"] or ())  # null where there is the metadata of nothing
            if not page["metadata"].get("continue"):
                return found, page["metadata"]["resourceVersion"]
            query["continue"] = page["metadata"]["continue"]

    async def preferred_version(self, api: str) -> str | None:
        """The version of the API group that the server prefers; None where there is no such group."""
        try:
            group = await self._json("GET", f"/apis/{api}")
        except ApiException as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise
        return str(group["preferredVersion"]["version"])

    async def kinds(self, apis: Collection[str]) -> frozenset[str]:
        """What the server has of these API groups now, each as PLURAL.GROUP/VERSION."""
        found: set[str] = set()
        for api in apis:
            version = await self.preferred_version(api)
            if version is not None:
                page = await self._json("GET", f"/apis/{api}/{version}")
                found |= {f"{each['name']}.{api}/{version}" for each in page["resources"] if "/" not in each["name"]}
        return frozenset(found)

    async def document(self, path: str) -> Object:
        """What the server answers under a path that names no objects, such as its OpenAPI; empty where none is."""
        try:
            return await self._json("GET", path)
        except ApiException as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return {}
            raise

    async def create(self, resource: Resource, namespace: str, body: Object) -> Object | None:
        """The new object; None where its name is taken."""
        try:
            return await self._json("POST", resource.path(namespace), query={"fieldManager": FIELD_MANAGER}, body=body)
        except ApiException as error:
            if error.status == HTTPStatus.CONFLICT:
                return None
            raise

    async def replace(self, resource: Resource, namespace: str, body: Object) -> Object | None:
        """The object as it is now; None where it was changed or deleted since `body` was read."""
        path = resource.path(namespace, body["metadata"]["name"])
        try:
            return await self._json("PUT", path, query={"fieldManager": FIELD_MANAGER}, body=body)
        except ApiException as error:
            if error.status in (HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND):
                return None
            raise

    async def merge(
        self, resource: Resource, namespace: str, name: str, patch: Object, *, manager: str = FIELD_MANAGER
    ) -> Object | None:
        """JSON merge patch: the object as it is now; None where there is none."""
        try:
            return await self._json(
                "PATCH",
                resource.path(namespace, name),
                query={"fieldManager": manager},
                body=patch,
                content_type="application/merge-patch+json",
            )
        except ApiException as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise

    async def apply_status(self, resource: Resource, namespace: str, body: Object) -> Object:
        """Server-side apply of the object's status; a resourceVersion in `body` must still be the current one.

        Fields that the CRD lacks are dropped, which nobody is warned of: to look for them, the body is parsed twice.
        """
        path = resource.path(namespace, body["metadata"]["name"], "status")
        query = {"fieldManager": FIELD_MANAGER, "force": "true", "fieldValidation": "Ignore"}
        return await self._json("PATCH", path, query=query, body=body, content_type="application/apply-patch+yaml")

    async def delete(self, resource: Resource, namespace: str, name: str, uid: str) -> bool:
        """Delete this one object and, in the background, what it owns; another of the same name is left alone.

        Is it gone? What has finalizers stays for a while.
        """
        body = {"preconditions": {"uid": uid}, "propagationPolicy": "Background"}
        try:
            left = await self._json("DELETE", resource.path(namespace, name), body=body)
        except ApiException as error:
            if error.status not in (HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT):
                raise
            return bool(error.status == HTTPStatus.NOT_FOUND)
        return left.get("kind") == "Status"

    async def log(self, namespace: str, pod: str, container: str) -> AsyncIterator[str]:
        """The lines of a container's log, as they come."""
        async for line in self.stream(PODS.path(namespace, pod, "log"), {"container": container, "follow": "true"}):
            yield line

    async def last_lines(self, namespace: str, pod: str, container: str, count: int) -> AsyncIterator[str]:
        """The last `count` lines of a container's log."""
        async for line in self.stream(
            PODS.path(namespace, pod, "log"), {"container": container, "tailLines": str(count)}
        ):
            yield line

    async def stream(self, path: str, query: Mapping[str, str]) -> AsyncIterator[str]:
        """The lines of an answer that may go on for ever, such as a log or a watch."""
        response = await self._send("GET", path, query=query, timeout=aiohttp.ClientTimeout(total=None))
        answer: aiohttp.ClientResponse = response.response
        try:
            async for line in answer.content:
                yield line.decode(errors="replace").rstrip("\n")
        finally:
            answer.close()

    async def _json(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Object | None = None,
        content_type: str = JSON,
        accept: str = JSON,
    ) -> Object:
        response = await self._send(method, path, query=query, body=body, content_type=content_type, accept=accept)
        return dict(json.loads(await _read(response)))

    async def _send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Object | None = None,
        content_type: str = JSON,
        accept: str = JSON,
        timeout: aiohttp.ClientTimeout | None = None,
    ) -> RESTResponse:
        _, url, headers, *_ = await self.api.param_serialize(
            method,
            path,
            query_params=list((query or {}).items()),
            header_params={"Accept": accept, "Content-Type": content_type},
            auth_settings=["BearerToken"],
        )
        limit = timeout or (READ_TIMEOUT if method == "GET" else WRITE_TIMEOUT)
        response = await self.api.call_api(method, url, headers, body, _request_timeout=limit)
        metrics.count(method, path, response.status)
        if response.status >= HTTPStatus.BAD_REQUEST:
            await _read(response)
            raise ApiException(http_resp=response)
        return response


async def _read(response: RESTResponse) -> bytes:
    return bytes(await response.read())  # type: ignore[no-untyped-call]
