"""Which Metal3MachineTemplates would give hosts of Cluster API an image? New ones, for a template is never edited."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from airship_images.api.status import ImageStatus
from airship_images.plan.eligibility import Claim, MachineTemplate
from airship_images.plan.host_image import MACHINES_V1BETA1, image_of, machine_image
from airship_images.plan.hosts import Host

KIND: Final = "Metal3MachineTemplate"
NAME_LIMIT: Final = 253
_SUFFIX: Final = re.compile(r"-[0-9a-f]{12}$")
"""What a template of an earlier image has at the end of its name."""


def renewed(
    templates: Iterable[MachineTemplate], hosts: Iterable[Host], claim: Claim, artifact: ImageStatus
) -> tuple[dict[str, Any], ...]:
    """A new template for each that may claim one of the hosts and has another image, all else as it was.

    Where there is none at all, one that claims the hosts of the image's own selector.
    """
    selected = list(hosts)
    known = [each for each in templates if any(each.may_claim(host) for host in selected)]
    if not known:
        return (_document(_first(claim), artifact),)
    return tuple(_document(each, artifact) for each in _outdated(known, artifact))


def _outdated(templates: Iterable[MachineTemplate], artifact: ImageStatus) -> Iterator[MachineTemplate]:
    """The newest of each line of templates, unless it has the image."""
    current = {_line(each) for each in templates if _spec(each).get("image", {}).get("url") == artifact.url}
    newest = {_line(each): each for each in sorted(templates, key=lambda each: (each.created, each.name))}
    return (each for line, each in sorted(newest.items()) if line not in current and "customDeploy" not in _spec(each))


def _document(former: MachineTemplate, artifact: ImageStatus) -> dict[str, Any]:
    suffix = f"-{artifact.short_digest}"
    name = f"{_line(former)[: NAME_LIMIT - len(suffix)]}{suffix}"
    image = image_of(artifact.url, artifact.digest, artifact.format)
    spec = {**_spec(former), "image": machine_image(image, former.api_version)}
    return {
        "apiVersion": former.api_version,
        "kind": KIND,
        "metadata": {
            "name": name,
            "namespace": former.namespace,
            **({"labels": dict(former.labels)} if former.labels else {}),
        },
        "spec": {"template": {**former.template, "spec": spec}},
    }


def _first(claim: Claim) -> MachineTemplate:
    selector = {"matchLabels": dict(claim.match_labels)}
    return MachineTemplate(
        claim.namespace, claim.name, selector, MACHINES_V1BETA1, template={"spec": {"hostSelector": selector}}
    )


def _line(template: MachineTemplate) -> str:
    return _SUFFIX.sub("", template.name)


def _spec(template: MachineTemplate) -> Mapping[str, Any]:
    found = template.template.get("spec")
    return found if isinstance(found, Mapping) else {}
