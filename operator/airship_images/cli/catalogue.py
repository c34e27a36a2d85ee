"""airship-images catalogue: the published images, as the document that kustomize replacements read."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

import typer

from airship_builder.store import BY_BUILD
from airship_images.api.airshipimage import AirshipImage, Source
from airship_images.api.build import SHORT_HASH, BuildReport
from airship_images.api.catalogue import VersionsCatalogue
from airship_images.api.errors import InputError
from airship_images.api.reasons import Reason
from airship_images.cli import cluster, console
from airship_images.cli.console import OUT, Format
from airship_images.cli.options import DEFAULT_KUBECONFIG, FormatOption, KubeconfigOption
from airship_images.cli.site import Site
from airship_images.cluster.catalogue import CONFIG_MAP, read
from airship_images.cluster.client import CONFIGMAPS
from airship_images.plan import catalogue as catalogues
from airship_images.plan.catalogue import Entry
from airship_images.plan.host_image import host_format, image_of

EXAMPLE: Final = "Example: airship-images catalogue examples --output output --base-url http://images.example/"


def catalogue(
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="[PATH]…", help="Documents; left out: those of the cluster.")
    ] = None,
    *,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="DIR", help="The folder that `build` published to.")
    ] = None,
    base_url: Annotated[
        str | None,
        typer.Option("--base-url", metavar="URL", help="Where DIR is served, for images without spec.output."),
    ] = None,
    image: Annotated[
        list[str] | None, typer.Option("--image", metavar="[NAMESPACE/]NAME", help="Only these of PATH.")
    ] = None,
    namespace: Annotated[
        str | None, typer.Option("--namespace", "-n", help="Of the cluster; left out: the current context's.")
    ] = None,
    kubeconfig: KubeconfigOption = DEFAULT_KUBECONFIG,
    form: FormatOption = Format.YAML,
) -> None:
    """Write the VersionsCatalogue of published images: their URLs and checksums by name, and their names by profile.

    With PATH it is made of the builds in DIR and no cluster is asked. Without, it is the one that the operator keeps.
    """
    if paths:
        site = Site.read(paths)
        found = catalogues.catalogue(dict(_built(site, image or (), _expect(output), base_url)))
    else:
        found = _kept(namespace, kubeconfig)
    if form is Format.TEXT:
        for name, each in found.spec.files.images.items():
            OUT.print(f"{name:<20} {each.format:<8} {each.url}")
    else:
        console.document(found.dump(), form)


def _expect(output: Path | None) -> Path:
    if output is None:
        raise InputError("--output", "nothing", "the folder that `airship-images build` published to")
    return output


def _built(
    site: Site, wanted: list[str] | tuple[()], output: Path, base_url: str | None
) -> Iterator[tuple[str, Entry]]:
    """Each image of the site with the build that its documents ask for now."""
    for image in _chosen(site, wanted):
        if image.spec.image.source is not None:
            yield image.metadata.name, _elsewhere(site, image, image.spec.image.source)
            continue
        url = image.spec.output.pvc.base_url if image.spec.output and image.spec.output.pvc else base_url
        if url is None or not url.endswith("/"):
            raise InputError(
                "--base-url", url or "nothing", "a URL with a slash at its end, such as http://images.example/"
            )
        result = _report(site, image, output).result
        host_image = image_of(url + result.path, f"sha256:{result.digest}", host_format(result.format))
        yield image.metadata.name, catalogues.entry(host_image, image.spec.profile_names)


def _elsewhere(site: Site, image: AirshipImage, source: Source) -> Entry:
    """An image that is built elsewhere is named as its document does: it is not fetched here."""
    site.inputs(image)
    return catalogues.entry(image_of(source.url, f"sha256:{source.sha256}", host_format(image.spec.image.type)), ())


def _chosen(site: Site, wanted: list[str] | tuple[()]) -> Iterator[AirshipImage]:
    for name in wanted or [key.name for key in site.images]:
        yield site.image(name)


def _report(site: Site, image: AirshipImage, output: Path) -> BuildReport:
    build_hash = site.prepare(image).identities.build_hash
    file = output / BY_BUILD / f"{build_hash}.json"
    if not file.exists():
        found = f"no build {build_hash[:SHORT_HASH]} of AirshipImage/{image.metadata.name}"
        command = f"airship-images build PATH --image {image.metadata.name} --output {output}"
        raise InputError(str(output), found, f"what its documents ask for: {command}")
    return BuildReport.model_validate_json(file.read_text())


def _kept(namespace: str | None, kubeconfig: Path) -> VersionsCatalogue:
    namespace, _ = cluster.split(f"{namespace or ''}/", kubeconfig)
    found = read(cluster.ask(kubeconfig, lambda client: client.get(CONFIGMAPS, namespace, CONFIG_MAP)))
    if found is None:
        expected = "an image that is published; see `kubectl get airshipimages`"
        raise InputError(
            f"ConfigMap/{CONFIG_MAP} of namespace {namespace}", "none", expected, reason=Reason.IMAGE_NOT_FOUND
        )
    return found
