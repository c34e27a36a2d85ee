"""Can each declared repository be read and its signature be checked?"""

from collections.abc import Iterator

from airship_images.api.distributions import WITHOUT_SOURCES
from airship_images.api.errors import Finding
from airship_images.api.reasons import Reason
from airship_images.spec.rules.subject import Subject
from airship_images.spec.tree import Data

Problem = tuple[str, str]


def repositories(subject: Subject) -> Iterator[Finding]:
    """Repositories without a key, or with components that do not fit their suite; packages of more than one."""
    software = subject.node.data["software"]
    chosen: dict[str, str] = {}
    for repository in software.get("repos", []):
        path = f"software.repos[{repository['name']}]"
        for problem in (*_key(repository, software["distribution"]), *_components(repository)):
            yield subject.in_node(Reason.INVALID_INPUT, path, *problem)
        for package in repository.get("packages", []):
            name = package.partition("=")[0]
            first = chosen.setdefault(name, repository["name"])
            if first != repository["name"]:
                found = f"{name}, which repository {first} also has to give"
                expected = "each package in the list of one repository"
                yield subject.in_node(Reason.INVALID_INPUT, f"{path}.packages", found, expected)


def _key(repository: Data, distribution: str) -> Iterator[Problem]:
    by_url, by_package = "keyring_url" in repository, "keyring_pkg" in repository
    if not by_url and not by_package:
        yield "a repository without a key", "keyring_url with keyring_sha256, or keyring_pkg"
    if by_url and "keyring_sha256" not in repository:
        yield "keyring_url alone", "keyring_sha256 beside it: whoever can change the key could sign any package"
    if by_package and distribution in WITHOUT_SOURCES:
        yield "keyring_pkg", f"keyring_url: the builder has no archive of {distribution} to take the package from"


def _components(repository: Data) -> Iterator[Problem]:
    flat = repository.get("suite", "").endswith("/")
    if flat and "components" in repository:
        yield "components of a suite that ends in a slash", "no components, or a suite without a slash at its end"
    if "suite" in repository and not flat and "components" not in repository:
        yield "no components", "components, for example main, or a suite that ends in a slash where there are none"
