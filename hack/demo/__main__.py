"""The command line: `python3 -m hack.demo up` and `python3 -m hack.demo down`."""

import argparse
import sys
from collections.abc import Sequence

from hack.cluster.errors import ClusterError
from hack.demo import demo

EPILOG = "example: python3 -m hack.demo up, as root, in the repository"


def main(arguments: Sequence[str]) -> None:
    """Run the verb that the arguments name."""
    parser = argparse.ArgumentParser(prog="python3 -m hack.demo", description=demo.__doc__, epilog=EPILOG)
    verbs = parser.add_subparsers(required=True)
    for verb in (demo.up, demo.down):
        verbs.add_parser(verb.__name__, help=verb.__doc__).set_defaults(verb=verb)
    parser.parse_args(arguments).verb()


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except ClusterError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit("interrupted: `make demo` goes on from here, `make demo-down` takes down what there is")
