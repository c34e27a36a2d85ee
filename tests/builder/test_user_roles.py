"""Users' own Ansible roles run on the image, from a ConfigMap and from a registry, with variables that are data."""

import io
import tarfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml

from tests.builder.canaries import files_with
from tests.builder.registry import PASSWORD, Registry, credentials, registry
from tests.builder.request_files import write_request
from tests.builder.workbench import Inside, Workbench, open_image

pytestmark = pytest.mark.timeout(1800)

WITHOUT_BOOT = ("fetch", "rootfs", "commit", "disk", "configure", "publish")
PAYLOAD = "{{ lookup('pipe', 'id') }} $(id)"
MOTD_TASKS = """
- name: Say hello
  ansible.builtin.template:
    src: motd.j2
    dest: "{{ image_root }}/etc/motd"
    mode: "0644"
- name: See what ours have made
  ansible.builtin.command: chroot {{ image_root }} cat /etc/marker
  register: seen
  changed_when: false
- name: Keep it
  ansible.builtin.copy:
    content: "{{ seen.stdout }}"
    dest: "{{ image_root }}/etc/seen"
    mode: "0600"
"""
AGENT_TASKS = """
- name: An account
  ansible.builtin.command: chroot {{ image_root }} useradd --system agent
- name: Its folder
  ansible.builtin.command: chroot {{ image_root }} install --directory --owner agent --mode 0750 /var/lib/agent
"""
FAILING_TASKS = """
- name: Look for the reason
  ansible.builtin.command: sh -c 'echo the reason >&2; exit 3'
"""
TEMPLATE = "{{ motd.text }} of {{ who }}, {{ motd | last }}\n"
MOTD = {"data": {"tasks__main.yml": MOTD_TASKS, "templates__motd.j2": TEMPLATE}}
VARIABLES = {"motd": {"text": PAYLOAD, f"{PAYLOAD} as a name": 1}, "who": "site"}


def packed(tasks: str) -> bytes:
    """A tar.gz of a role, as `oras push REFERENCE agent/` makes it."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as tar:
        info = tarfile.TarInfo("agent/tasks/main.yml")
        info.size = len(tasks)
        tar.addfile(info, io.BytesIO(tasks.encode()))
    return data.getvalue()


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    with registry(tmp_path_factory.mktemp("registry")) as running:
        yield running


def ask(bench: Workbench, roles: list[dict[str, Any]], config_maps: dict[str, Any], **more: Any) -> str:
    """Write the request of an image with these roles; gives its build hash."""
    (bench.request / "configmaps.yaml").write_text(yaml.safe_dump(config_maps))
    files = [{"name": "/etc/marker", "file_content": PAYLOAD}]
    return write_request(bench.request, {"files": files, "roles": roles, "extra_vars": VARIABLES, **more})


def log_in(bench: Workbench, text: str) -> None:
    (bench.pull_secrets / "registry").mkdir(exist_ok=True)
    (bench.pull_secrets / "registry/.dockerconfigjson").write_text(text)


@pytest.fixture(scope="module")
def built(benches: Callable[[str], Workbench], shelf: Registry) -> tuple[Workbench, str, str]:
    """A bench, the build hash of its image, and the log."""
    bench = benches("roles")
    log_in(bench, shelf.login())
    reference = shelf.push("roles/agent", packed(AGENT_TASKS))
    roles: list[dict[str, Any]] = [
        {"name": "motd", "configMapName": "motd"},
        {"name": "agent", "oci": {"reference": reference, "pullSecretName": "registry"}},
    ]
    last = {"name": "last", "timeout": "1m", "file_content": "#!/bin/sh\nid agent > /etc/last\n"}
    build_hash = ask(bench, roles, {"motd": MOTD}, user_scripts=[last])
    done = bench.build(*WITHOUT_BOOT)
    assert done.returncode == 0, done.stderr[-3000:]
    return bench, build_hash, done.stdout + done.stderr


@pytest.fixture(scope="module")
def inside(built: tuple[Workbench, str, str]) -> Inside:
    bench, build_hash, _ = built
    return open_image(bench, bench.image(build_hash))


def test_a_role_of_a_configmap_runs_after_ours_with_the_variables_as_data(inside: Inside) -> None:
    assert inside.text("/etc/motd") == f"{PAYLOAD} of site, {PAYLOAD} as a name\n"
    assert inside.text("/etc/seen") == PAYLOAD
    assert inside.stat("/etc/seen") == "regular 0600 0 0"


def test_a_role_of_a_registry_runs_after_those_before_it_and_before_scripts(inside: Inside) -> None:
    assert "agent:x:" in inside.text("/etc/passwd")
    assert inside.stat("/var/lib/agent").startswith("directory 0750")
    assert "(agent)" in inside.text("/etc/last")


def test_the_password_of_the_registry_is_in_no_image_log_side_file_or_cache_entry(
    built: tuple[Workbench, str, str], inside: Inside
) -> None:
    bench, _, log = built
    everything = ("/output", "/inputs", "/ended", "/scratch", "/cache/artifact")
    assert files_with(bench, everything, ["agent:x:"]), "the disk is unpacked, and looked into"
    assert inside.stat("/etc/last").startswith("regular")
    for word in (PASSWORD, credentials()):
        assert files_with(bench, everything, [word]) == []
        assert word not in log


def test_a_task_that_fails_is_named_with_what_it_said(bench: Workbench) -> None:
    ask(
        bench,
        [{"name": "failing", "configMapName": "failing"}],
        {"failing": {"data": {"tasks__main.yml": FAILING_TASKS}}},
    )
    done = bench.build("fetch", "rootfs", "commit", "disk", "configure")
    assert done.returncode == 2, done.stderr[-3000:]
    assert (bench.ended["phase"], bench.ended["reason"]) == ("configure", "ConfigureFailed")
    for words in ("failing : Look for the reason", "non-zero return code", "the reason"):
        assert words in bench.ended["message"]


def spoilt(reference: str, shelf: Registry) -> str:
    """The registry gives another manifest under the digest."""
    manifest = shelf.folder / "v2/roles/agent/manifests" / reference.partition("@")[2]
    other = shelf.push("roles/agent", packed(MOTD_TASKS)).partition("@")[2]
    manifest.write_bytes((manifest.parent / other).read_bytes())
    return reference


WRONG: dict[str, tuple[Callable[[str, Registry], str], str, str]] = {
    "not there": (lambda reference, _: f"{reference[:-8]}00000000", "DownloadFailed", "nothing at"),
    "two layers": (lambda _, shelf: shelf.push("roles/agent", b"a", b"b"), "InvalidInput", "2 layers"),
    "other bytes": (spoilt, "DigestMismatch", "system.roles[agent].oci"),
}


@pytest.mark.parametrize(("change", "reason", "words"), WRONG.values(), ids=WRONG)
def test_an_artifact_that_is_not_what_was_asked_for_is_refused(
    bench: Workbench, shelf: Registry, change: Callable[[str, Registry], str], reason: str, words: str
) -> None:
    log_in(bench, shelf.login())
    reference = change(shelf.push("roles/agent", packed(FAILING_TASKS)), shelf)
    ask(bench, [{"name": "agent", "oci": {"reference": reference, "pullSecretName": "registry"}}], {})
    done = bench.build("disk")
    assert (done.returncode, bench.ended["reason"]) == (2, reason), done.stderr[-3000:]
    assert words in bench.ended["message"]


def test_who_may_not_pull_is_told_so_and_may_try_again(bench: Workbench, shelf: Registry) -> None:
    reference = shelf.push("roles/agent", packed(AGENT_TASKS + "\n# another\n"))
    ask(bench, [{"name": "agent", "oci": {"reference": reference}}], {})
    done = bench.build("disk")
    assert (done.returncode, bench.ended["reason"]) == (3, "DownloadFailed"), done.stderr[-3000:]
    assert "system.roles[agent].oci" in bench.ended["message"]
