"""What do the commands that speak to a cluster say where there is none?"""

from pathlib import Path

import pytest

from tests.command_line import CommandLine

VERBS = [
    ("hosts", "production/worker"),
    ("hosts",),
    ("hosts", "production/worker", "--templates"),
    ("hosts", "production/worker", "--data-images"),
    ("approve", "production/worker", "--yes"),
    ("pause", "production/worker"),
    ("resume", "production/worker", "--accept-failures"),
    ("rebuild", "production/worker"),
    ("catalogue", "--namespace", "production"),
]
UNREACHABLE = """
apiVersion: v1
kind: Config
current-context: away
clusters: [{name: away, cluster: {server: "http://127.0.0.1:9"}}]
contexts: [{name: away, context: {cluster: away, user: nobody, namespace: production}}]
users: [{name: nobody, user: {}}]
"""


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_a_kubeconfig_that_is_not_there_is_an_error_of_the_input(
    airship_images: CommandLine, tmp_path: Path, verb: tuple[str, ...]
) -> None:
    ended = airship_images(*verb, "--kubeconfig", tmp_path / "nowhere")
    assert (ended.code, ended.out) == (2, "")
    assert "--kubeconfig" in ended.err


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_an_api_server_that_is_away_may_be_tried_again(
    airship_images: CommandLine, tmp_path: Path, verb: tuple[str, ...]
) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(UNREACHABLE)
    ended = airship_images(*verb, "--kubeconfig", kubeconfig)
    assert (ended.code, ended.out) == (3, "")
    assert "the API server" in ended.err
