"""Which iptables chains does the cluster make, and how are they removed without touching a rule of anyone else?"""

import re
import subprocess
from typing import Final

from hack.cluster.commands import output
from hack.cluster.locations import FORWARD_CHAIN, NETWORK_NAME, POD_NETWORK

FAMILIES: Final = ("iptables", "ip6tables")
COMMENT: Final = re.compile(rf'name: \\?"{re.escape(NETWORK_NAME)}\\?"')
"""What the CNI plugins write beside every rule: the name of the network."""


def ours(saved: str) -> dict[str, list[str]]:
    """Table → our chains in it, of the output of iptables-save.

    Ours are those of kubelet and kube-proxy (a machine has room for one of each; `up` refuses a second), the one of
    `forward`, and the CNI-* chains that a rule with our network's name jumps to.
    """
    tables = {table: _chains(lines) for table, lines in _tables(saved).items()}
    return {table: chains for table, chains in tables.items() if chains}


def removal(saved: str) -> str:
    """What iptables-restore --noflush takes to remove our chains and the jumps to them, of iptables-save's output."""
    found = ours(saved)
    script: list[str] = []
    for table, lines in _tables(saved).items():
        if chains := found.get(table):
            jumps = [line for line in lines if _target(line) in chains and _chain(line) not in chains]
            script += [f"*{table}", *(f":{chain} - [0:0]" for chain in chains)]
            script += [f"-D {jump.removeprefix('-A ')}" for jump in jumps]
            script += [*(f"-X {chain}" for chain in chains), "COMMIT"]
    return "\n".join([*script, ""]) if script else ""


def present() -> list[str]:
    """Our chains on this machine, as «iptables nat KUBE-SERVICES»."""
    return [
        f"{family} {table} {chain}"
        for family in FAMILIES
        for table, chains in ours(saved_rules(family)).items()
        for chain in chains
    ]


def remove() -> None:
    """Remove our chains of both families."""
    for family in FAMILIES:
        if script := removal(saved_rules(family)):
            output((f"{family}-restore", "--noflush", "--wait=10"), text=script)


def forward() -> None:
    """Let packets from and to pods pass where the machine's policy (Docker sets one) drops forwarded packets."""
    if f":{FORWARD_CHAIN} " in saved_rules("iptables"):
        return
    rules = (
        "*filter",
        f":{FORWARD_CHAIN} - [0:0]",
        f"-A {FORWARD_CHAIN} -s {POD_NETWORK} -j ACCEPT",
        f"-A {FORWARD_CHAIN} -d {POD_NETWORK} -j ACCEPT",
        f"-I FORWARD -j {FORWARD_CHAIN}",
        "COMMIT",
        "",
    )
    output(("iptables-restore", "--noflush", "--wait=10"), text="\n".join(rules))


def saved_rules(family: str) -> str:
    """The rules of the family; none where the kernel or the machine has no such firewall."""
    try:
        return subprocess.run((f"{family}-save",), capture_output=True, text=True, check=False).stdout
    except FileNotFoundError:
        return ""


def _tables(saved: str) -> dict[str, list[str]]:
    tables: dict[str, list[str]] = {}
    for line in saved.splitlines():
        if line.startswith("*"):
            current = tables.setdefault(line[1:], [])
        elif line.startswith((":", "-A ")):
            current.append(line)
    return tables


def _chains(lines: list[str]) -> list[str]:
    declared = [line[1:].split()[0] for line in lines if line.startswith(":")]
    of_pods = {_target(line) for line in lines if COMMENT.search(line)}
    return [
        chain
        for chain in declared
        if chain.startswith("KUBE-") or chain == FORWARD_CHAIN or (chain.startswith("CNI-") and chain in of_pods)
    ]


def _target(rule: str) -> str | None:
    found = re.search(r" -[jg] (\S+)", rule)
    return found[1] if found else None


def _chain(rule: str) -> str | None:
    return rule.split()[1] if rule.startswith("-A ") else None
