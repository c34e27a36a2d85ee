"""The command line: `python3 -m hack.cluster up`."""

import argparse
import sys
from collections.abc import Sequence

from hack.cluster import binaries
from hack.cluster.errors import ClusterError


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python3 -m hack.cluster", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    wanted = verbs.add_parser("binaries")
    wanted.add_argument("names", nargs="+")
    chosen = parser.parse_args(arguments)
    for name in chosen.names:
        print(binaries.ensure(name))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except ClusterError as error:
        sys.exit(f"error: {error}")
