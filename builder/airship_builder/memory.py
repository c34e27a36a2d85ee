"""How often did the kernel end a program of ours because memory ran out?"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

COUNTERS: Final = (
    Path("/sys/fs/cgroup/memory.events"),  # of our container, cgroup v2
    Path("/sys/fs/cgroup/memory/memory.oom_control"),  # of our container, cgroup v1
    Path("/proc/vmstat"),  # of the whole machine, where we are in no container
)
_COUNT: Final = re.compile(r"^oom_kill (\d+)$", re.MULTILINE)


def oom_kills(counters: Sequence[Path] = COUNTERS) -> int:
    """What the first of the counters that is there says; only a difference means something."""
    for counter in counters:
        if counter.exists() and (match := _COUNT.search(counter.read_text())):
            return int(match[1])
    return 0
