"""What may each phase of a build see? The one table behind the mounts of the Jobs and of the command line."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from airship_images.api.build import BuildPhase

Access = Literal["read", "write"]


@dataclass(frozen=True)
class View:
    """What a phase sees beside its request and the scratch folder of its build."""

    runs_others: bool = False
    """Does it run code that is not ours: maintainer scripts, users' roles and scripts?"""
    cache: Access | None = None
    output: Access | None = None
    secrets: bool = False
    """Those that the image asks for."""
    pull_secrets: bool = False
    """The credentials of the registries that it pulls from."""
    downloads: bool = False
    """Is it told of the proxies and the CA bundle?"""


VIEWS: Final[Mapping[BuildPhase, View]] = {
    "resolve": View(cache="write", downloads=True),
    "fetch": View(cache="write", downloads=True),
    "rootfs": View(runs_others=True, cache="read"),
    "commit": View(cache="write"),
    # it ends at once where the build is in the store already
    "disk": View(cache="write", output="read", pull_secrets=True, downloads=True),
    "configure": View(runs_others=True, cache="read", secrets=True),
    "fetch-image": View(cache="write", downloads=True),
    "hand-over": View(output="read"),
    "airship-v1": View(runs_others=True, downloads=True),
    "take-in": View(),
    "boot": View(secrets=True),  # it hides their values when the image prints them
    "publish": View(output="write"),
    "prune-output": View(output="write"),
}


def shared(phases: Iterable[BuildPhase]) -> View:
    """What phases see that run in one process."""
    views = [VIEWS[phase] for phase in phases]
    return View(
        runs_others=any(view.runs_others for view in views),
        cache=_widest(view.cache for view in views),
        output=_widest(view.output for view in views),
        secrets=any(view.secrets for view in views),
        pull_secrets=any(view.pull_secrets for view in views),
        downloads=any(view.downloads for view in views),
    )


def groups(phases: Iterable[BuildPhase]) -> list[tuple[BuildPhase, ...]]:
    """`phases` by process: each that runs code of others has one of its own, so that nothing else is seen there."""
    found: list[tuple[BuildPhase, ...]] = []
    for phase in phases:
        alone = VIEWS[phase].runs_others or not found or VIEWS[found[-1][-1]].runs_others
        if alone:
            found.append((phase,))
        else:
            found[-1] = (*found[-1], phase)
    return found


def _widest(found: Iterable[Access | None]) -> Access | None:
    known = set(found)
    return "write" if "write" in known else "read" if "read" in known else None
