"""airship-images hosts: how the hosts of a namespace stand to its images, and what Cluster API's hosts need instead."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Final

import typer
import yaml
from pydantic import JsonValue

from airship_images.cli import cluster, console
from airship_images.cli.columns import print_columns
from airship_images.cli.console import OUT, Format, printable
from airship_images.cli.options import DEFAULT_KUBECONFIG, FormatOption, KubeconfigOption
from airship_images.cluster.onlooker import Rollout, View, look
from airship_images.plan.hosts import Host
from airship_images.plan.machine_templates import renewed
from airship_images.plan.standing import Assessment

EXAMPLE: Final = "Example: airship-images hosts production/worker"
NONE: Final = "-"
TITLES: Final = ("HOST", "STATE", "HAS", "IMAGE", "WANTS", "STANDING", "WHY")


@dataclass(frozen=True)
class Row:
    """One host, for one image that selects it; without an image for one that none selects."""

    host: str
    state: str
    has: str
    image: str = NONE
    wants: str = NONE
    standing: str = NONE
    reason: str = ""
    why: str = ""


def hosts(
    image: Annotated[
        str | None, typer.Argument(metavar="[[NAMESPACE/]IMAGE]", help="The AirshipImage; left out: all hosts.")
    ] = None,
    *,
    namespace: Annotated[
        str | None, typer.Option("--namespace", "-n", help="Without IMAGE; left out: the current context's.")
    ] = None,
    templates: Annotated[
        bool, typer.Option("--templates", help="Write the Metal3MachineTemplates that would roll the image out.")
    ] = False,
    kubeconfig: KubeconfigOption = DEFAULT_KUBECONFIG,
    form: FormatOption = Format.TEXT,
) -> None:
    """Show each host: its state, what it has and what it should have, where it stands, and why it is left alone.

    Hosts of Cluster API are never patched. With --templates the documents are written that give them the image.
    """
    where, name = cluster.split(image if image is not None else f"{namespace or ''}/", kubeconfig)
    view = cluster.ask(kubeconfig, lambda client: look(client, where, name or None))
    if templates:
        _write_templates(view.rollouts, form)
    elif form is Format.TEXT:
        _tell(view)
    else:
        console.document([_document(row) for row in _rows(view, all_hosts=image is None)], form)


def _tell(view: View) -> None:
    rows = list(_rows(view, all_hosts=len(view.rollouts) != 1))
    print_columns(TITLES, [(row.host, row.state, row.has, row.image, row.wants, row.standing, row.why) for row in rows])
    for each in view.rollouts:
        found = next((one for one in each.state.status.conditions if one.type == "RolledOut"), None)
        if found is not None:
            OUT.print(
                f"{each.state.identity.name}: RolledOut={found.status} {found.reason}: {printable(found.message)}"
            )


def _rows(view: View, *, all_hosts: bool) -> Iterator[Row]:
    selected: set[str] = set()
    for each in view.rollouts:
        for assessment in each.round.fleet.assessments if each.round else ():
            selected.add(assessment.host.name)
            yield _row(each, assessment)
    if all_hosts:
        yield from (Row(host.name, host.state or NONE, has(host)) for host in view.hosts if host.name not in selected)


def _row(rollout: Rollout, found: Assessment) -> Row:
    return Row(
        found.host.name,
        found.host.state or NONE,
        has(found.host),
        rollout.state.identity.name,
        rollout.round.artifact.short_digest if rollout.round else NONE,
        found.standing.name.capitalize().replace("_", " "),
        str(found.note.reason) if found.note else "",
        found.note.message if found.note else "",
    )


def has(host: Host) -> str:
    """What the host says that it was provisioned with: the start of its digest, or else its URL."""
    image = host.status_image
    if image is None:
        return NONE
    return image.digest.removeprefix("sha256:")[:12] if image.digest else image.url or NONE


def _document(row: Row) -> JsonValue:
    return {
        "host": row.host,
        "state": row.state,
        "has": row.has,
        "image": row.image,
        "wants": row.wants,
        "standing": row.standing,
        "reason": row.reason,
        "message": row.why,
    }


def _write_templates(rollouts: tuple[Rollout, ...], form: Format) -> None:
    found = [document for each in rollouts for document in _templates(each)]
    if form is Format.JSON:
        console.document({"apiVersion": "v1", "kind": "List", "items": [*found]}, form)
    else:
        OUT.file.write(yaml.safe_dump_all(found, sort_keys=False, allow_unicode=True, width=120))


def _templates(rollout: Rollout) -> tuple[dict[str, Any], ...]:
    found = rollout.expect_round()
    hosts = (each.host for each in found.fleet.assessments)
    return renewed(found.terms.machine_templates, hosts, found.terms.claim, found.artifact)
