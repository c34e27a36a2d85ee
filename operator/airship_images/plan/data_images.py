"""Which DataImages would attach a live ISO to hosts, beside what is on their disks? None is ever written by us."""

from collections.abc import Iterable
from typing import Any

from airship_images.api.errors import InputError
from airship_images.api.status import ImageStatus
from airship_images.plan.host_image import LIVE_ISO
from airship_images.plan.hosts import Host


def data_images(hosts: Iterable[Host], artifact: ImageStatus) -> tuple[dict[str, Any], ...]:
    """One for each host, of its name, as Metal3 finds it; raises InputError for what is no CD."""
    if artifact.format != LIVE_ISO:
        raise InputError("spec.image.type", artifact.format, "iso: Metal3 attaches a DataImage as a CD")
    return tuple(
        {
            "apiVersion": "metal3.io/v1alpha1",
            "kind": "DataImage",
            "metadata": {"name": host.name, "namespace": host.namespace},
            "spec": {"url": artifact.url},
        }
        for host in hosts
    )
