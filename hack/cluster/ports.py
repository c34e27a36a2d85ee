"""Which loopback ports are free, and will be still when somebody listens there some seconds later?"""

import random
import socket
from itertools import islice
from typing import Final

from hack.cluster.locations import LOOPBACK

PORTS: Final = range(20000, 30000)
"""None of those that the kernel gives away by itself meanwhile, nor of the NodePorts."""


def free_ports(count: int) -> list[int]:
    """Ports that nothing listens on; each is given once by a process, as whoever got it may not listen just now."""
    return list(islice(_FREE, count))


def _is_free(port: int) -> bool:
    try:
        socket.create_server((LOOPBACK, port)).close()
    except OSError:
        return False
    return True


_FREE: Final = filter(_is_free, random.sample(PORTS, len(PORTS)))
