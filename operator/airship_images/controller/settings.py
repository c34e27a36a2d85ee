"""What does whoever installs the operator decide? One YAML file, which the chart renders from its values."""

import json
from pathlib import Path
from typing import Annotated, Self

import yaml
from pydantic import Field, StringConstraints, ValidationError

from airship_images.api.airshipimage import ObjectName, Quantity, Resources
from airship_images.api.errors import InputError
from airship_images.api.model import Document
from airship_images.api.quantity import CACHE_LIMIT
from airship_images.cluster.jobs import CaBundle, JobSettings, Proxy
from airship_images.plan.line import Limits
from airship_images.plan.state import Policy

Port = Annotated[int, Field(ge=0, le=65535)]


class BuilderSettings(Document):
    """Which container images build."""

    image: str = Field(min_length=1)
    allowed_images: list[str] = Field([], description="Further images that spec.builder.image may name")
    airship_v1: bool = Field(
        False, description="Allow engine airship-v1, whose builds of qcow2 are privileged and see their node's devices"
    )

    check_nodes: bool = Field(
        True,
        description="Start a Job only if a node has the labels that it asks for; needs all namespaces",
    )


class StoreSettings(Document):
    """Where images are published, unless an AirshipImage says otherwise."""

    claim_name: ObjectName
    base_url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s?#]+/$")] = Field(alias="baseURL")


class CacheSettings(Document):
    """The volume of packages, root filesystems and disks."""

    claim_name: ObjectName
    limit: Quantity = Field(CACHE_LIMIT, description="What builds leave in it; less than the volume's size")


class LeaseSettings(Document):
    """The Lease that makes one operator work at a time."""

    name: ObjectName
    namespace: ObjectName


class Concurrency(Document):
    """How many build Jobs may run at once; unset: as many as the cluster has room for."""

    total: Annotated[int, Field(ge=1)] | None = None
    per_namespace: Annotated[int, Field(ge=1)] | None = None

    @property
    def limits(self) -> Limits:
        """What the line of builds needs of it."""
        return Limits(self.total, self.per_namespace)


class Listen(Document):
    """Where probes and metrics are answered; port 0 takes any."""

    address: str = "0.0.0.0"  # noqa: S104  (kubelet and Prometheus come from outside of the pod)
    health_port: Port = 8080
    metrics_port: Port = 9090


class Settings(Document):
    """The operator's settings."""

    builder: BuilderSettings
    store: StoreSettings
    cache: CacheSettings
    lease: LeaseSettings
    namespaces: list[ObjectName] = Field([], description="Where AirshipImages are built; empty: everywhere")
    rollout_namespaces: list[str] = Field([], description='Where BareMetalHosts may be patched; "*": everywhere')
    resources: Resources = Resources()
    mirror: str | None = None
    proxy: Proxy = Proxy()
    ca_bundle: CaBundle | None = None
    host_users: bool = True
    max_concurrent_builds: Concurrency = Concurrency()
    listen: Listen = Listen()

    @classmethod
    def load(cls, path: Path) -> Self:
        """The settings in the file; raises InputError that names the field which is wrong."""
        try:
            found = yaml.safe_load(path.read_text())
        except (OSError, yaml.YAMLError) as error:
            raise InputError(str(path), str(error), "a readable YAML file") from error
        try:
            return cls.model_validate_json(json.dumps(found))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise InputError(f"{path}: {where}", repr(first.get("input")), first["msg"]) from error

    @property
    def policy(self) -> Policy:
        """What plans need of it."""
        return Policy(
            self.builder.image,
            frozenset(self.builder.allowed_images),
            self.store.claim_name,
            self.store.base_url,
            self.builder.airship_v1,
            self.cache.claim_name,
            self.resources,
        )

    @property
    def checks_nodes(self) -> bool:
        """An operator of some namespaces has no right on the cluster's nodes."""
        return self.builder.check_nodes and not self.namespaces

    @property
    def jobs(self) -> JobSettings:
        """What Jobs need of it."""
        return JobSettings(
            cache_claim=self.cache.claim_name,
            cache_limit=self.cache.limit,
            resources=self.resources,
            mirror=self.mirror,
            proxy=self.proxy,
            ca_bundle=self.ca_bundle,
            host_users=self.host_users,
        )
