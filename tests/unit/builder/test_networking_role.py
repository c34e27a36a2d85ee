"""Network files, hosts and name servers, as the profiles give them."""

from airship_builder.intents import Link, UnitState
from tests.unit.builder.asking import asked_by, texts

LOCALHOST = (
    "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\nff02::1 ip6-allnodes\nff02::2 ip6-allrouters\n"
)
RESOLVER = {"nameservers": ["192.0.2.1", "2001:db8::1"], "search": ["a.example", "b.example"]}


def test_the_naming_policy_is_a_drop_in_so_that_the_rest_of_the_default_link_stays() -> None:
    assert texts(asked_by("networking", systemd_nic_names_policy="kernel mac")) == {
        "/etc/systemd/network/99-default.link.d/50-airship-images.conf": "[Link]\nNamePolicy=kernel mac\n"
    }


def test_files_of_netplan_are_root_s_alone_and_those_of_networkd_are_not() -> None:
    files = [{"name": "a.yaml", "file_content": "x"}]
    (netplan,) = asked_by("networking", netplan=files)
    (networkd,) = asked_by("networking", networkd=[{"name": "a.network", "file_content": "y"}])
    assert netplan.model_dump(include={"path", "text", "mode"}) == {
        "path": "/etc/netplan/a.yaml",
        "text": "x",
        "mode": "0600",
    }
    assert networkd.model_dump(include={"path", "text", "mode"}) == {
        "path": "/etc/systemd/network/a.network",
        "text": "y",
        "mode": "0644",
    }


def test_networkd_is_started_where_it_has_a_network_to_set_up() -> None:
    assert asked_by("networking", network={"files": True, "networkd": True}) == [
        UnitState(name="systemd-networkd.service", enabled=True)
    ]
    assert asked_by("networking", network={"files": True}) == []


def test_hosts_come_after_localhost() -> None:
    hosts = [{"name": "192.0.2.10", "hostnames": ["a.example", "a"]}, {"name": "2001:db8::10", "hostnames": ["b"]}]
    assert texts(asked_by("networking", hosts=hosts)) == {
        "/etc/hosts": f"{LOCALHOST}192.0.2.10 a.example a\n2001:db8::10 b\n"
    }


def test_name_servers_are_systemd_resolved_s_where_it_is_installed() -> None:
    intents = asked_by("networking", resolver=RESOLVER, packages=["systemd-resolved"])
    assert texts(intents) == {
        "/etc/systemd/resolved.conf.d/50-airship-images.conf": "[Resolve]\nDNS=192.0.2.1 2001:db8::1\n"
        "Domains=a.example b.example\n"
    }
    assert Link(path="/etc/resolv.conf", target="../run/systemd/resolve/stub-resolv.conf") in intents


def test_name_servers_are_glibc_s_where_it_is_not() -> None:
    assert texts(asked_by("networking", resolver=RESOLVER)) == {
        "/etc/resolv.conf": "nameserver 192.0.2.1\nnameserver 2001:db8::1\nsearch a.example b.example\n"
    }
    assert texts(asked_by("networking", resolver={"search": ["a"]})) == {"/etc/resolv.conf": "search a\n"}


def test_cloud_init_leaves_the_network_to_the_files_of_the_profiles() -> None:
    path = "/etc/cloud/cloud.cfg.d/99-airship-images-network.cfg"
    here = {"packages": ["cloud-init"]}
    assert texts(asked_by("cloud_init", network={"files": True}, **here)) == {path: "network: {config: disabled}\n"}
    assert asked_by("cloud_init", **here) == []


def test_a_seed_has_user_data_even_where_only_the_network_is_given() -> None:
    seed = {"instance": "i", "user_data": "", "network_config": "version: 2"}
    assert texts(asked_by("cloud_init", seed=seed, packages=["cloud-init"])) == {
        "/var/lib/cloud/seed/nocloud/meta-data": 'instance-id: "i"\n',
        "/var/lib/cloud/seed/nocloud/user-data": "",
        "/var/lib/cloud/seed/nocloud/network-config": "version: 2",
    }
