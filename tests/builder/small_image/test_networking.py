"""Devices have the names, addresses and servers that were asked for, and cloud-init leaves them alone."""

import pytest

from tests.builder.workbench import Inside

pytestmark = pytest.mark.timeout(1800)


def test_files_of_netplan_are_root_s_alone(inside: Inside) -> None:
    assert inside.stat("/etc/netplan/10-uplink.yaml") == "regular 0600 0 0"


def test_a_device_is_named_by_the_policy(facts: dict[str, str]) -> None:
    assert "enx525400123456" in facts["devices"].split()


def test_netplan_and_networkd_set_up_their_devices(facts: dict[str, str]) -> None:
    addresses = {line.split()[0]: line.split()[2:] for line in facts["addresses"].splitlines()}
    assert addresses["enx525400123456"][0].startswith("10.0.2.")
    assert "192.0.2.7/24" in addresses["site0"]


def test_cloud_init_adds_no_network_of_its_own(facts: dict[str, str]) -> None:
    assert facts["netplan"] == "10-uplink.yaml\n"


def test_hosts_are_known_and_localhost_stays(facts: dict[str, str]) -> None:
    assert "192.0.2.10" in facts["hosts"]
    assert "127.0.0.1" in facts["hosts"]


def test_systemd_resolved_asks_the_name_servers_for_the_search_domains(facts: dict[str, str]) -> None:
    assert "nameserver 192.0.2.53\n" in facts["resolver"]
    assert "search site.example\n" in facts["resolver"]
    assert facts["resolver"].endswith("\n../run/systemd/resolve/stub-resolv.conf\n")
