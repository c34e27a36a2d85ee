"""Are ports free, and given to one alone?"""

import socket

from hack.cluster.locations import LOOPBACK
from hack.cluster.ports import PORTS, free_ports


def test_nobody_is_given_the_port_of_another_one_who_does_not_listen_yet() -> None:
    found = [free_ports(2) for _ in range(50)]
    ports = [port for pair in found for port in pair]
    assert len(set(ports)) == 100
    assert set(ports) <= set(PORTS)


def test_somebody_can_listen_there() -> None:
    (port,) = free_ports(1)
    socket.create_server((LOOPBACK, port)).close()
