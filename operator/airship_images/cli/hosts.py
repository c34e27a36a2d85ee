"""airship-images hosts: how the hosts of a namespace stand to its images, and what Cluster API's hosts need instead."""

from typing import Annotated, Any, Final

import typer

from airship_images.cli import cluster, console
from airship_images.cli.columns import print_columns
from airship_images.cli.console import OUT, Format, printable
from airship_images.cli.host_rows import document, rows
from airship_images.cli.options import DEFAULT_KUBECONFIG, FormatOption, KubeconfigOption
from airship_images.cluster.onlooker import Rollout, View, look
from airship_images.plan.data_images import data_images as data_images_of
from airship_images.plan.machine_templates import renewed
from airship_images.spec.dump import dump_all

EXAMPLE: Final = "Example: airship-images hosts production/worker"
TITLES: Final = ("HOST", "STATE", "HAS", "IMAGE", "WANTS", "STANDING", "WHY")


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
    data_images: Annotated[
        bool, typer.Option("--data-images", help="Write the DataImages that would attach the image, an ISO, as a CD.")
    ] = False,
    kubeconfig: KubeconfigOption = DEFAULT_KUBECONFIG,
    form: FormatOption = Format.TEXT,
) -> None:
    """Show each host: its state, what it has and what it should have, where it stands, and why it is left alone.

    Hosts of Cluster API are never patched. With --templates the documents are written that give them the image. With
    --data-images those that attach an ISO to hosts at their next start, and leave their disks alone.
    """
    where, name = cluster.split(image if image is not None else f"{namespace or ''}/", kubeconfig)
    view = cluster.ask(kubeconfig, lambda client: look(client, where, name or None))
    if templates or data_images:
        wanted = [*([_templates] if templates else []), *([_data_images] if data_images else [])]
        _write([found for each in view.rollouts for of in wanted for found in of(each)], form)
    elif form is Format.TEXT:
        _tell(view)
    else:
        console.document([document(row) for row in rows(view, all_hosts=image is None)], form)


def _tell(view: View) -> None:
    found = rows(view, all_hosts=len(view.rollouts) != 1)
    print_columns(
        TITLES, [(row.host, row.state, row.has, row.image, row.wants, row.standing, row.why) for row in found]
    )
    for each in view.rollouts:
        rolled = next((one for one in each.state.status.conditions if one.type == "RolledOut"), None)
        if rolled is not None:
            name = each.state.identity.name
            OUT.print(f"{name}: RolledOut={rolled.status} {rolled.reason}: {printable(rolled.message)}")


def _write(found: list[dict[str, Any]], form: Format) -> None:
    if form is Format.JSON:
        console.document({"apiVersion": "v1", "kind": "List", "items": [*found]}, form)
    else:
        OUT.file.write(dump_all(found))


def _templates(rollout: Rollout) -> tuple[dict[str, Any], ...]:
    found = rollout.expect_round()
    hosts = (each.host for each in found.fleet.assessments)
    return renewed(found.terms.machine_templates, hosts, found.terms.claim, found.artifact)


def _data_images(rollout: Rollout) -> tuple[dict[str, Any], ...]:
    found = rollout.expect_round()
    return data_images_of((each.host for each in found.fleet.assessments), found.artifact)
