"""How do we ask apt about a suite without touching the apt of the machine we run on?"""

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from airship_builder.run import MINUTE, ask, run
from airship_builder.sources import Source

_NETWORK: Final = re.compile(r'^(Acquire::(?:http|https|ftp)::.*|Acquire::Retries) ".*";$')


@dataclass(frozen=True)
class Offer:
    """A version of a package, and where it is: the address of its repository, then its suite and component."""

    name: str
    version: str
    place: str

    def of(self, source: Source) -> bool:
        """Is it in this repository?"""
        uri, _, rest = self.place.partition(" ")
        suite = f"{source.suite.lstrip('/')} " if source.flat else f"{source.suite}/"
        return uri == source.place[0] and rest.startswith(suite)


@dataclass(frozen=True)
class Apt:
    """An apt with its own lists, status and sources, under `state`; downloads go to `archives`."""

    state: Path
    archives: Path
    sources: Sequence[Source]
    architecture: str

    @property
    def lists(self) -> Path:
        """Where the repositories' indices are kept."""
        return self.state / "lists"

    @property
    def env(self) -> dict[str, str]:
        """The environment in which apt programs use this configuration."""
        return {"APT_CONFIG": str(self.state / "apt.conf"), "DEBIAN_FRONTEND": "noninteractive"}

    def prepare(self) -> None:
        """Write the configuration; proxies are the machine's own apt's, authorities those of SSL_CERT_FILE."""
        for folder in (self.lists / "partial", self.archives / "partial"):
            folder.mkdir(parents=True, exist_ok=True)
        (self.state / "status").write_text("")
        self.prefer("")
        (self.state / "sources.list").write_text("".join(f"{source.line()}\n" for source in self.sources))
        bundle = os.environ.get("SSL_CERT_FILE")
        trusted = [f'Acquire::https::CAInfo "{bundle}";'] if bundle else []
        network = [line for line in ask("apt-config", "dump").splitlines() if _NETWORK.match(line)]
        (self.state / "apt.conf").write_text("\n".join([*self._settings(), *network, *trusted]) + "\n")

    def prefer(self, preferences: str) -> None:
        """Choose between versions as the text in the form of apt_preferences(5) says."""
        (self.state / "preferences").write_text(preferences)

    def versions(self, names: Iterable[str]) -> list[Offer]:
        """What the repositories have of the packages `names`, the newest version of each first."""
        rows = [[part.strip(" ") for part in line.split(" | ")] for line in self._madison(tuple(names)).splitlines()]
        return [Offer(row[0], row[1], row[2]) for row in rows if len(row) == 3]

    def show(self, selectors: Iterable[str]) -> str:
        """The entries of the indices for the packages `selectors`, NAME:ARCHITECTURE=VERSION each."""
        return run("apt-cache", "show", *selectors, env=self.env, quiet=True)

    def _madison(self, names: tuple[str, ...]) -> str:
        return run("apt-cache", "madison", *names, env=self.env, quiet=True) if names else ""

    def update(self) -> None:
        """Bring the lists up to date; raises ToolError when any repository does not answer or is not signed."""
        run("apt-get", "update", "-q", env=self.env, timeout=5 * MINUTE)

    def get(self, *arguments: str, timeout: float = 20 * MINUTE, quiet: bool = False) -> str:
        """Run apt-get with `arguments`."""
        return run("apt-get", *arguments, env=self.env, timeout=timeout, quiet=quiet)

    def _settings(self) -> list[str]:
        paths = {
            "Dir::Etc::main": "/dev/null",
            "Dir::Etc::parts": "/dev/null",
            "Dir::Etc::sourcelist": self.state / "sources.list",
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::Etc::preferences": self.state / "preferences",
            "Dir::Etc::preferencesparts": "/dev/null",
            "Dir::State": self.state,
            "Dir::State::lists": self.lists,
            "Dir::State::status": self.state / "status",
            "Dir::Cache": self.state,
            "Dir::Cache::archives": self.archives,
            "Dir::Cache::pkgcache": "",
            "Dir::Cache::srcpkgcache": "",
        }
        choices = {
            "APT::Architecture": self.architecture,
            "APT::Architectures": self.architecture,
            "APT::Install-Recommends": "false",
            "APT::Sandbox::User": "root",
            "APT::Update::Error-Mode": "any",
            "Acquire::Languages": "none",
            "Acquire::Retries": "3",
            "Acquire::http::Timeout": "30",
            "Acquire::https::Timeout": "30",
        }
        return [f'{key} "{value}";' for key, value in {**paths, **choices}.items()]
