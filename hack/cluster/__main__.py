"""A real single-node Kubernetes for the tests and the demo, made of registry packages alone.

example:
  python3 -m hack.cluster up && python3 -m hack.cluster images
  eval "$(python3 -m hack.cluster env)"; kubectl get nodes
  python3 -m hack.cluster down
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from hack.cluster import binaries, cluster, control_plane, guard, images, leftovers, processes, teardown
from hack.cluster.commands import say
from hack.cluster.errors import ClusterError
from hack.cluster.locations import STATE

EXIT_FAILED: Final = 1


def main(arguments: Sequence[str]) -> int:
    """Run one verb; its exit code."""
    chosen = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int | None] = chosen.run
    try:
        return run(chosen) or 0
    except ClusterError as error:
        say(f"error: {error}")
        return EXIT_FAILED
    except KeyboardInterrupt:
        say("interrupted; `python3 -m hack.cluster down` removes what was made")
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python3 -m hack.cluster", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = parser.add_subparsers(metavar="VERB", required=True)

    def verb(name: str, run: Callable[[argparse.Namespace], int | None], text: str) -> argparse.ArgumentParser:
        added = verbs.add_parser(name, help=text, description=text)
        added.set_defaults(run=run)
        return added

    def small(added: argparse.ArgumentParser) -> None:
        added.add_argument("--control-plane", action="store_true", help="etcd and kube-apiserver alone, on loopback")

    small(verb("up", _up, "bring the cluster up, or complete what is there"))
    small(verb("down", _down, "remove everything that up made, of both kinds"))
    verb("status", _status, "what of the cluster is on this machine; exit code 1 unless its node is Ready")
    verb("leftovers", _leftovers, "the same list; exit code 1 unless it is empty")
    small(verb("kubeconfig", _kubeconfig, "print the path of the administrator's kubeconfig"))
    small(verb("env", _env, "print KUBECONFIG and PATH for a shell to evaluate"))
    verb("images", _images, "build the operator, builder and server images and load them into the cluster")
    wanted = verb("binaries", _binaries, "print the path of each program, building it first where it is missing")
    wanted.add_argument("names", nargs="*", metavar="NAME", default=binaries.CLUSTER, help="default: all of them")
    guarded = verb("guard", _guard, "fail unless tests and the demo may write to a cluster")
    guarded.add_argument("kubeconfig", type=Path, metavar="KUBECONFIG_PATH")
    return parser


def _up(chosen: argparse.Namespace) -> None:
    with cluster.alone():
        cluster.up_control_plane() if chosen.control_plane else cluster.up()
    say(f"kubeconfig: {_daemons(chosen).kubeconfig}")


def _down(chosen: argparse.Namespace) -> None:
    with cluster.alone():
        teardown.down_control_plane() if chosen.control_plane else teardown.down()


def _status(_: argparse.Namespace) -> int:
    print(teardown.describe(leftovers.find()))
    if not any(process.name == "kubelet" for process in processes.running(STATE)):
        return EXIT_FAILED
    ready = cluster.node_is_ready()
    print(f"node: {'Ready' if ready else 'NotReady'}")
    return 0 if ready else EXIT_FAILED


def _leftovers(_: argparse.Namespace) -> int:
    found = leftovers.find()
    print(teardown.describe(found))
    return EXIT_FAILED if found else 0


def _kubeconfig(chosen: argparse.Namespace) -> None:
    print(_existing(chosen))


def _env(chosen: argparse.Namespace) -> None:
    folders = dict.fromkeys(str(binaries.ensure(name).parent) for name in ("kubectl", "helm"))
    print(f"export KUBECONFIG={_existing(chosen)}")
    print(f"export PATH={':'.join(folders)}:{os.environ['PATH']}")


def _images(_: argparse.Namespace) -> None:
    with cluster.alone():
        images.build_all()
        images.load_all()


def _binaries(chosen: argparse.Namespace) -> None:
    for name in chosen.names:
        print(binaries.ensure(name))


def _guard(chosen: argparse.Namespace) -> None:
    guard.check(chosen.kubeconfig)


def _daemons(chosen: argparse.Namespace) -> control_plane.Daemons:
    return cluster.small() if chosen.control_plane else cluster.whole()


def _existing(chosen: argparse.Namespace) -> Path:
    path = _daemons(chosen).kubeconfig
    if not path.exists():
        raise ClusterError("there is no cluster; `python3 -m hack.cluster up` makes one")
    return path


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
