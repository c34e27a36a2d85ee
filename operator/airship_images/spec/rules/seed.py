"""Will cloud-init find what the profiles give it, and does it know what to do with it?"""

import json
from collections.abc import Iterator
from typing import Final

from airship_images.api.errors import Finding, InputError
from airship_images.api.reasons import Reason
from airship_images.api.yamlgraph import load_documents
from airship_images.spec.rules.subject import Subject
from airship_images.spec.seed import seed_of
from airship_images.spec.vars import network_files

KINDS: Final = ("#", "Content-Type:", "MIME-Version:")
"""How user data begins that cloud-init knows: #cloud-config, #!, #include, ## template: jinja, or MIME parts."""


def seed(subject: Subject) -> Iterator[Finding]:
    """Data from a datasource that is not looked at, of a kind that is not known, or against the network's files."""
    cloud_init = subject.node.data.get("cloudInit", {})
    iso = subject.image.spec.image.type == "iso"
    given = {field: text for field, (_, text) in seed_of(subject.image, subject.node).items()}
    source = "ConfigDrive" if iso else "NoCloud"
    if given and source not in cloud_init.get("datasources", [source]):
        found = f"{' and '.join(given)} without {source}"
        yield subject.in_node(Reason.INVALID_INPUT, "cloudInit.datasources", found, f"{source} among them")
    if not given.get("user_data", KINDS[0]).startswith(KINDS):
        right = "#cloud-config, #!, another first line that cloud-init knows, or MIME parts"
        yield subject.in_node(Reason.INVALID_INPUT, "cloudInit.user_data", "text of no known kind", right)
    if config := given.get("network_config"):
        yield from _network(subject, config, iso=iso)


def _network(subject: Subject, config: str, *, iso: bool) -> Iterator[Finding]:
    path = "cloudInit.network_config"
    if files := network_files(subject.node):
        found = f"a network configuration beside {', '.join(files)}"
        yield subject.in_node(Reason.INVALID_INPUT, path, found, "it, or files of netplan or networkd")
    right = "OpenStack's network_data.json, a JSON object" if iso else "a YAML map with version: 1 or version: 2"
    if not (_is_network_data(config) if iso else _is_network_config(config)):
        yield subject.in_node(Reason.INVALID_INPUT, path, "something else", right)


def _is_network_data(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _is_network_config(text: str) -> bool:
    try:
        documents = list(load_documents(text, "network_config"))
    except InputError:
        return False
    config = documents[0] if len(documents) == 1 else None
    inside = config.get("network", config) if isinstance(config, dict) else None
    return isinstance(inside, dict) and inside.get("version") in (1, 2)
