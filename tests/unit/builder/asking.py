"""Runs the tasks of our roles as the playbook does, but for Ansible: the module's arguments go to the module."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

import airship_builder
from airship_builder.intents import Intent
from airship_builder.roles import Role

ANSIBLE = Path(airship_builder.__file__).parents[1] / "ansible"


class _Loader(yaml.SafeLoader):
    """Knows the tag that keeps a template for our own module."""


def _as_it_is(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Any:
    return loader.construct_scalar(node)


_Loader.add_constructor("!unsafe", _as_it_is)


def playbook_roles() -> list[str]:
    (play,) = _load(ANSIBLE / "playbooks/configure.yml")
    return list(play["roles"])


def asked_by(role: str, **variables: Any) -> list[Intent]:
    """What the tasks of `role` ask for."""
    module = Role(ANSIBLE / "roles" / role / "templates", {"packages": [], **variables})
    tasks = _load(ANSIBLE / "roles" / role / "tasks/main.yml")
    return [intent for task in tasks for intent in module.intents(task["overlay"])]


def asked(**variables: Any) -> Iterator[Intent]:
    """What all roles ask for, in the playbook's order."""
    for role in playbook_roles():
        yield from asked_by(role, **variables)


def texts(intents: list[Intent]) -> dict[str, str]:
    """The texts of the files that are asked for, by path."""
    return {intent.path: intent.text for intent in intents if intent.kind == "file"}


def _load(path: Path) -> Any:
    return yaml.load(path.read_text(), _Loader)  # noqa: S506  (the loader is a safe one)
