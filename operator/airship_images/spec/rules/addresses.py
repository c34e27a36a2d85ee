"""Is every address one?"""

import ipaddress
from collections.abc import Iterator
from typing import Final

from airship_images.api.errors import Finding
from airship_images.api.reasons import Reason
from airship_images.spec.packages import names, packages
from airship_images.spec.rules.subject import Subject

GLIBC_READS: Final = 3
"""Name servers that resolv.conf(5) has a use for (MAXNS)."""


def addresses(subject: Subject) -> Iterator[Finding]:
    """Hosts and name servers whose address is none, and name servers that nobody would ask."""
    networking = subject.node.data.get("networking", {})
    servers = networking.get("resolver", {}).get("nameservers", [])
    texts = [(f"networking.hosts[{item['name']}].name", item["name"]) for item in networking.get("hosts", [])]
    texts += [(f"networking.resolver.nameservers[{server}]", server) for server in servers]
    for path, text in texts:
        if not _is_address(text):
            yield subject.in_node(Reason.INVALID_INPUT, path, repr(text), "an IPv4 or IPv6 address")
    if len(servers) > GLIBC_READS and "systemd-resolved" not in names(packages(subject.node.data)):
        right = f"at most {GLIBC_READS}, or systemd-resolved in software.packages"
        yield subject.in_node(
            Reason.INVALID_INPUT, "networking.resolver.nameservers", f"{len(servers)} name servers", right
        )


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
