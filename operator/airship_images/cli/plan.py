"""airship-images plan: what would be built, why, from what, and for which hosts. Nothing is done."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer
from pydantic import JsonValue

from airship_images.api.airshipimage import AirshipImage
from airship_images.api.errors import InputError
from airship_images.api.nodeprofile import NodeProfile
from airship_images.api.reasons import Reason
from airship_images.api.redaction import redact
from airship_images.api.status import AirshipImageStatus
from airship_images.cli import cluster, console
from airship_images.cli.console import OUT, Format, printable
from airship_images.cli.options import DEFAULT_KUBECONFIG, FormatOption, ImageOption, KubeconfigOption
from airship_images.cli.site import Site
from airship_images.cluster.snapshot import look
from airship_images.plan.actions import (
    Action,
    CheckURL,
    CreateInputs,
    DeleteJob,
    FindReferences,
    RemoveArtifacts,
    SetFinalizer,
    StartBuild,
    WatchRoom,
)
from airship_images.plan.host_patch import PatchHost
from airship_images.plan.plan import Plan
from airship_images.plan.plan import plan as make_plan
from airship_images.plan.state import Identity, Policy, Problem, State
from airship_images.spec import Prepared, Sourced

EXAMPLE: Final = "Example: airship-images plan examples --image worker --cluster"
VARIABLES: Final = "-vars.yaml"
"""The end of the names of the files that hold Ansible variables."""


def plan(
    path: Annotated[
        str | None, typer.Argument(metavar="[PATH]", help="Documents; left out: those of the cluster.")
    ] = None,
    image: ImageOption = None,
    against: Annotated[
        bool, typer.Option("--cluster", help="What would happen in the cluster if PATH were applied there.")
    ] = False,
    kubeconfig: KubeconfigOption = DEFAULT_KUBECONFIG,
    form: FormatOption = Format.TEXT,
) -> None:
    """Show what the operator would do next for an image, why, and the variables that its build would get.

    With PATH alone no cluster is asked. Without PATH, --image names an AirshipImage of the cluster.
    """
    site = Site.read([path]) if path is not None else None
    if site is not None and not against:
        state = _alone(site, site.image(image))
    else:
        state = _in_cluster(site, image, kubeconfig)
    if isinstance(state.inputs, Problem):
        raise InputError(f"AirshipImage/{state.identity.name}", state.inputs.message, "documents that make an image")
    found = make_plan(state)
    if form is Format.TEXT:
        _tell(state, state.inputs, found)
    else:
        console.document(_document(state, state.inputs, found), form)


def _alone(site: Site, image: AirshipImage) -> State:
    """The image as a cluster would see it that has nothing else."""
    metadata = image.metadata
    return State(
        now=datetime.now(UTC),
        identity=Identity(metadata.namespace or "default", metadata.name, "", 1, ""),
        spec=image.spec,
        inputs=site.inputs(image),
        status=AirshipImageStatus(),
        policy=Policy((image.spec.builder and image.spec.builder.image) or "", frozenset(), "", ""),
    )


def _in_cluster(site: Site | None, wanted: str | None, kubeconfig: Path) -> State:
    if site is not None:
        image = site.image(wanted)
        namespace, name = cluster.split(f"{image.metadata.namespace or ''}/{image.metadata.name}", kubeconfig)
        offered: list[AirshipImage | NodeProfile] = [image, *site.profiles_of(image).values()]
        config_maps = site.config_maps_of(image)
    elif wanted is not None:
        namespace, name = cluster.split(wanted, kubeconfig)
        offered, config_maps = [], {}
    else:
        raise InputError("the command line", "neither PATH nor --image", "documents, or an AirshipImage of the cluster")
    state = cluster.ask(kubeconfig, lambda client: look(client, (namespace, name), offered, config_maps))
    if state is None:
        expected = f"an AirshipImage of namespace {namespace}"
        raise InputError("--image", name, expected, reason=Reason.IMAGE_NOT_FOUND)
    return state


def _tell(state: State, inputs: Prepared | Sourced, found: Plan) -> None:
    ahead, steps = found.status.plan, list(_steps(found))
    OUT.print(f"AirshipImage {state.identity.namespace}/{state.identity.name}", style="bold")
    OUT.print(f"  build  {printable((ahead and ahead.build) or _no_build(inputs))}")
    OUT.print(f"  next   {'; '.join(steps) or 'nothing now'}")
    OUT.print(f"  hosts  {_hosts(state, found)}")
    for each in found.status.conditions:
        if each.type in {"Ready", "RolledOut"}:
            OUT.print(f"  {each.type}={each.status} {each.reason}: {printable(each.message)}")
    for name, text in _variables(inputs).items():
        OUT.print(f"\n--- {name}", style="cyan")
        OUT.print(text, end="")


def _no_build(inputs: Prepared | Sourced) -> str:
    if isinstance(inputs, Sourced):
        return f"none: built elsewhere, {inputs.source.url}"
    return "none: what is asked for is published"


def _hosts(state: State, found: Plan) -> str:
    if state.fleet.hosts is None:
        return "none are known here"
    names = found.status.plan.hosts if found.status.plan else []
    return f"would change: {', '.join(names)}" if names else "none would change"


def _document(state: State, inputs: Prepared | Sourced, found: Plan) -> JsonValue:
    ahead = found.status.plan
    conditions: list[JsonValue] = [
        each.model_dump(mode="json", by_alias=True, exclude_none=True) for each in found.status.conditions
    ]
    return {
        "namespace": state.identity.namespace,
        "image": state.identity.name,
        "buildHash": inputs.identities.build_hash,
        "build": ahead.build if ahead else None,
        "next": list(_steps(found)),
        "hosts": list(ahead.hosts) if ahead else [],
        "conditions": conditions,
        "variables": dict(_variables(inputs)),
    }


def _variables(inputs: Prepared | Sourced) -> dict[str, str]:
    if isinstance(inputs, Sourced):
        return {}
    return {name: redact(text) for name, text in inputs.files.items() if name.endswith(VARIABLES)}


def _steps(found: Plan) -> Iterator[str]:
    for action in found.actions:
        yield _step(action)


def _step(action: Action) -> str:
    match action:
        case CreateInputs():
            return f"store the inputs of Job {action.name}"
        case StartBuild():
            return f"start Job {action.name}, try {action.attempt}"
        case DeleteJob():
            return f"delete Job {action.name}"
        case CheckURL():
            return f"read {action.url}"
        case PatchHost():
            return f"patch BareMetalHost {action.name}"
        case _:
            return _of_artifacts(action)


def _of_artifacts(action: FindReferences | RemoveArtifacts | SetFinalizer | WatchRoom) -> str:
    match action:
        case FindReferences():
            return "look who names the artifacts that may go"
        case RemoveArtifacts():
            return f"start Job {action.name}, which removes {len(action.digests)} artifacts"
        case SetFinalizer():
            return f"{'set' if action.present else 'drop'} the finalizer"
        case WatchRoom():
            return "look again at claims, quotas and nodes"
