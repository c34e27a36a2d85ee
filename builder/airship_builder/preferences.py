"""Which version of a package does apt take, and from which repository? In the form of apt_preferences(5)."""

from collections.abc import Iterable, Sequence
from typing import Final

from airship_builder.apt import Apt, Offer
from airship_builder.distribution import Distribution
from airship_builder.inputs import RootfsVars
from airship_builder.release import Release
from airship_builder.repositories import Declared
from airship_images.api.areas.software import KUBERNETES
from airship_images.api.errors import InputError

_NEVER: Final = -1
_ARCHIVE: Final = 990  # above every other repository's 500: these give what the archive lacks
_EXACTLY: Final = 1001  # above all, and an older version too


def unapproved(names: Iterable[str]) -> str:
    """Keeps the packages `names` out, in the build and in the image."""
    return "".join(_pin(name, "release *", _NEVER) for name in names)


def preferences(apt: Apt, variables: RootfsVars, declared: Sequence[Declared], distribution: Distribution) -> str:
    """All that the build prefers; the first record that names a package counts.

    Raises InputError when no repository has a version that is asked for.
    """
    listed = _names(package for one in declared for package in one.asked.packages)
    offers = apt.versions((*listed, *(KUBERNETES if variables.k8s_version else ())))
    return "".join(
        (
            unapproved(variables.unapproved_packages),
            *_kubernetes(variables, offers),
            *(pin for one in declared for pin in _from(one, variables, offers)),
            *(_archive(apt, distribution) if declared else ()),
        )
    )


def is_version(version: str, wanted: str) -> bool:
    """Is `version` of a package the version `wanted` of its program, in any packaging of it?"""
    return version == wanted or version.startswith(f"{wanted}-")


def _names(packages: Iterable[str]) -> tuple[str, ...]:
    return tuple(package.partition("=")[0] for package in packages)


def _kubernetes(variables: RootfsVars, offers: Sequence[Offer]) -> Iterable[str]:
    wanted = _program_version(variables)
    if wanted is None:
        return
    for name in (name for name in _names(variables.packages) if name in KUBERNETES):
        known = [offer.version for offer in offers if offer.name == name]
        if not any(is_version(version, wanted) for version in known):
            found = f"{wanted}, but the repositories have {name} {', '.join(known[:5]) or 'in no version'}"
            raise InputError("software.k8s_version", found, "a version of a repository in software.repos")
    for name in KUBERNETES:
        yield _pin(name, f"version {wanted}", _EXACTLY)
        yield _pin(name, f"version {wanted}-*", _EXACTLY)


def _from(declared: Declared, variables: RootfsVars, offers: Sequence[Offer]) -> Iterable[str]:
    for package in declared.asked.packages:
        name, _, exact = package.partition("=")
        here = [offer.version for offer in offers if offer.name == name and offer.of(declared.source)]
        wanted = _program_version(variables) if name in KUBERNETES else None
        fitting = [version for version in here if (not exact or version == exact) and _fits(version, wanted)]
        if not fitting:
            has = f"; it has {name} {', '.join(here[:5])}" if here else ""
            expected = f"a package of {declared.source.uri} {declared.source.suite}{has}"
            raise InputError(declared.asked.field("packages"), package, expected)
        yield _pin(name, f"version {fitting[0]}", _EXACTLY)


def _fits(version: str, wanted: str | None) -> bool:
    return wanted is None or is_version(version, wanted)


def _program_version(variables: RootfsVars) -> str | None:
    return variables.k8s_version.removeprefix("v") if variables.k8s_version else None


def _archive(apt: Apt, distribution: Distribution) -> Iterable[str]:
    releases = (Release.of(source, apt) for source in apt.sources if distribution.is_archive(source))
    origins = dict.fromkeys(release.field("Origin") for release in releases)
    return (_pin("*", f"release o={origin}", _ARCHIVE) for origin in origins if origin)


def _pin(package: str, version: str, priority: int) -> str:
    return f"Package: {package}\nPin: {version}\nPin-Priority: {priority}\n\n"
