"""What does a build Job look like: which container sees which volume, and with which rights?"""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import Field

from airship_images.api.airshipimage import ObjectName, Resources
from airship_images.api.build import DOCKER_CONFIG, SOURCE_FILE, BuildPhase
from airship_images.api.model import Document
from airship_images.api.quantity import CACHE_LIMIT
from airship_images.api.views import VIEWS
from airship_images.cluster import labels, upstream_job
from airship_images.cluster.client import Object
from airship_images.plan.actions import StartBuild
from airship_images.plan.jobs import PHASES
from airship_images.plan.state import Identity

INPUTS, SCRATCH, CACHE, OUTPUT, SECRETS = "/inputs", "/scratch", "/cache", "/output", "/secrets"
PULL_SECRETS: Final = "/pull-secrets"
REQUESTS: Final = {
    "refresh": "rootfs.yaml",
    "rootfs": "rootfs.yaml",
    "image": "build.yaml",
    "airship-v1": "build.yaml",
    "source": SOURCE_FILE,
}
MARKS: Final = {"refresh": labels.REFRESH, "source": labels.SOURCE}
"""The labels of kinds of Jobs that are told by nothing else."""
CA_FOLDER, CA_FILE = "/ca", "ca-certificates.crt"


class Proxy(Document):
    """Proxies for downloads, as the usual environment variables name them."""

    http_proxy: str | None = None
    https_proxy: str | None = None
    no_proxy: str | None = None

    def environment(self) -> dict[str, str]:
        """The variables that are set."""
        named = {"HTTP_PROXY": self.http_proxy, "HTTPS_PROXY": self.https_proxy, "NO_PROXY": self.no_proxy}
        return {spelled: value for name, value in named.items() if value for spelled in (name, name.lower())}


class CaBundle(Document):
    """A ConfigMap of the image's namespace with the certificate authorities that downloads trust, all of them."""

    config_map_name: ObjectName
    key: str = CA_FILE


class JobSettings(Document):
    """What the operator's settings decide about every Job, and what is in no hash."""

    cache_claim: str
    cache_limit: str = CACHE_LIMIT
    resources: Resources = Resources()
    mirror: str | None = None
    proxy: Proxy = Proxy()
    ca_bundle: CaBundle | None = None
    host_users: Annotated[bool, Field(description="false: pods in a user namespace")] = True


def manifest(action: StartBuild, image: Identity, settings: JobSettings) -> Object:
    """The Job of one try of a build: no token, privilege, added capability or host path, and no retry of its own.

    The one exception is what upstream_job adds for qcow.
    """
    names = labels.of_build(action.rootfs_hash, action.build_hash, image.name)
    if action.v1:
        names[labels.ENGINE] = "airship-v1"
    if action.kind in MARKS:
        names[MARKS[action.kind]] = "true"
    phases = [phase for phase in PHASES[action.kind] if phase != "boot" or action.verify_boot]
    containers = [_container(phase, action, settings) for phase in phases]
    privileged = action.v1 is not None and upstream_job.is_privileged(action.v1)
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": action.name,
            "labels": names,
            "annotations": {labels.ATTEMPT: str(action.attempt)},
            **owned(action.build_hash, image),
        },
        "spec": {
            "backoffLimit": 0,
            "completions": 1,
            "parallelism": 1,
            "activeDeadlineSeconds": int(action.timeout.total_seconds()),
            "ttlSecondsAfterFinished": int(action.keep_finished.total_seconds()),
            "template": {
                "metadata": {"labels": names},
                "spec": {
                    "restartPolicy": "Never",
                    "automountServiceAccountToken": False,
                    "enableServiceLinks": False,
                    "hostUsers": None if settings.host_users or privileged else False,
                    "affinity": upstream_job.ALONE_ON_ITS_NODE if privileged else None,
                    "nodeSelector": dict(action.node_selector),
                    "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
                    "initContainers": containers[:-1],
                    "containers": containers[-1:],
                    "volumes": _volumes(action, settings),
                },
            },
        },
    }


def owned(build_hash: str | None, image: Identity) -> Object:
    """The owner of a child: the image, but for what belongs to a root filesystem, which images share."""
    if build_hash is None:
        return {}
    owner = {
        "apiVersion": "airshipit.org/v1alpha1",
        "kind": "AirshipImage",
        "name": image.name,
        "uid": image.uid,
        "controller": True,
        "blockOwnerDeletion": False,
    }
    return {"ownerReferences": [owner]}


def _container(phase: BuildPhase, action: StartBuild, settings: JobSettings) -> Object:
    if phase == "airship-v1" and action.v1:
        network = _network(settings) | ({"PACKAGE_MIRROR": settings.mirror} if settings.mirror else {})
        resources = resources_of(action.resources or settings.resources)
        mounts = [_mount("ca-bundle", CA_FOLDER, read_only=True)] if settings.ca_bundle else []
        return upstream_job.container(action.v1, network, resources, mounts)
    view = VIEWS[phase]
    mirror = ("--mirror", settings.mirror) if settings.mirror and phase in ("fetch", "resolve") else ()
    limit = ("--cache-limit", settings.cache_limit) if view.cache == "write" else ()
    environment = {"TMPDIR": SCRATCH, **(_network(settings) if view.downloads else {})}
    return {
        "name": phase,
        "image": action.builder_image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python3", "-m", "airship_builder", phase],
        "args": ["--request", f"{INPUTS}/{REQUESTS[action.kind]}", *limit, *mirror],
        "env": [{"name": name, "value": value} for name, value in environment.items()],
        "resources": resources_of(action.resources or settings.resources),
        "securityContext": {"privileged": False, "allowPrivilegeEscalation": False},
        "terminationMessagePolicy": "File",
        "volumeMounts": _mounts(phase, action, settings),
    }


def _network(settings: JobSettings) -> dict[str, str]:
    bundle = {"SSL_CERT_FILE": f"{CA_FOLDER}/{CA_FILE}"} if settings.ca_bundle else {}
    return {**settings.proxy.environment(), **bundle}


def _mounts(phase: BuildPhase, action: StartBuild, settings: JobSettings) -> list[Object]:
    view = VIEWS[phase]
    mounts = [_mount("inputs", INPUTS, read_only=True), _mount("scratch", SCRATCH)]
    if view.cache:
        mounts.append(_mount("cache", CACHE, read_only=view.cache == "read"))
    if view.output:
        mounts.append(_mount("output", OUTPUT, read_only=view.output == "read"))
    if view.downloads and settings.ca_bundle:
        mounts.append(_mount("ca-bundle", CA_FOLDER, read_only=True))
    if view.secrets:
        mounts += [_mount(_secret(index), f"{SECRETS}/{name}", read_only=True) for index, name in _secrets(action)]
    if view.pull_secrets:
        names = enumerate(action.pull_secret_names)
        mounts += [_mount(f"pull-{_secret(index)}", f"{PULL_SECRETS}/{name}", read_only=True) for index, name in names]
    return mounts


def _volumes(action: StartBuild, settings: JobSettings) -> list[Object]:
    volumes: list[Object] = [
        {"name": "inputs", "configMap": {"name": action.name}},
        {"name": "scratch", "emptyDir": {}},
        {"name": "cache", "persistentVolumeClaim": {"claimName": settings.cache_claim}},
    ]
    if settings.ca_bundle:
        items = [{"key": settings.ca_bundle.key, "path": CA_FILE}]
        volumes.append({"name": "ca-bundle", "configMap": {"name": settings.ca_bundle.config_map_name, "items": items}})
    if action.build_hash is None:
        return volumes
    return [
        *volumes,
        *(upstream_job.host_volumes(action.v1) if action.v1 else ()),
        *(
            [{"name": "output", "persistentVolumeClaim": {"claimName": action.output_claim}}]
            if action.output_claim
            else ()
        ),
        *(
            {"name": _secret(index), "secret": {"secretName": name, "defaultMode": 0o400}}
            for index, name in _secrets(action)
        ),
        *(
            {
                "name": f"pull-{_secret(index)}",
                "secret": {
                    "secretName": name,
                    "items": [{"key": DOCKER_CONFIG, "path": DOCKER_CONFIG}],
                    "defaultMode": 0o400,
                },
            }
            for index, name in enumerate(action.pull_secret_names)
        ),
    ]


def _secrets(action: StartBuild) -> list[tuple[int, str]]:
    return list(enumerate(action.secret_names))


def _secret(index: int) -> str:
    """A volume's name: a Secret's own may be too long for one."""
    return f"secret-{index}"


def _mount(volume: str, path: str, *, read_only: bool = False) -> Object:
    return {"name": volume, "mountPath": path, **({"readOnly": True} if read_only else {})}


def resources_of(resources: Resources) -> Mapping[str, Any]:
    """As a container has them."""
    return resources.model_dump(exclude_none=True, by_alias=True)
