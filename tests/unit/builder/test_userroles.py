"""Users' roles are laid out where they cannot leave, and their variables are data."""

import io
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from airship_builder.artifacts import KIND, LAYER
from airship_builder.cache import Cache
from airship_builder.inputs import Inputs, OciArtifact, UserRole
from airship_builder.job import Job
from airship_builder.userroles import as_data, unpack_roles
from airship_images.api.errors import InputError

DIGEST = "d" * 64
TASKS = b"- ansible.builtin.debug:\n"


def a_job(folder: Path, config_map: dict[str, str] | None = None) -> Job:
    document = {"agent": {"data": config_map or {}}}
    (folder / "configmaps.yaml").write_text(yaml.safe_dump(document))
    return Job(Inputs(folder), Cache(folder / "cache"), folder, folder / "scratch", folder, folder, mirror=None)


def a_layer(job: Job, *members: tuple[str, bytes], link: tuple[str, str] | None = None) -> UserRole:
    """A role whose artifact holds `members`, and perhaps a link."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
        if link:
            info = tarfile.TarInfo(link[0])
            info.type, info.linkname = tarfile.SYMTYPE, link[1]
            tar.addfile(info)
    with job.cache.storing(KIND, DIGEST, {}) as folder:
        (folder / LAYER).write_bytes(packed.getvalue())
    return UserRole(name="agent", oci=OciArtifact(reference=f"registry.example/roles/agent@sha256:{DIGEST}"))


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_two_underscores_in_a_key_are_a_folder(tmp_path: Path) -> None:
    job = a_job(tmp_path, {"tasks__main.yml": "a", "templates__etc__motd.j2": "b", "README": "c"})
    unpack_roles(job, [UserRole(name="agent", config_map_name="agent")], tmp_path / "roles")
    assert files(tmp_path / "roles/agent") == {"tasks/main.yml", "templates/etc/motd.j2", "README"}


@pytest.mark.parametrize("key", ["..__..__x", "tasks__..__..__x", "__etc__x"])
def test_no_key_leaves_the_role(tmp_path: Path, key: str) -> None:
    job = a_job(tmp_path, {"tasks__main.yml": "a", key: "b"})
    with pytest.raises(InputError, match="a path inside of the role"):
        unpack_roles(job, [UserRole(name="agent", config_map_name="agent")], tmp_path / "roles")
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("top", ["", "./", "my-role/", "./my-role/"])
def test_an_artifact_may_hold_the_role_or_a_folder_that_is_the_role(tmp_path: Path, top: str) -> None:
    job = a_job(tmp_path)
    role = a_layer(job, (f"{top}tasks/main.yml", TASKS), (f"{top}files/a", b"x"))
    unpack_roles(job, [role], tmp_path / "roles")
    assert files(tmp_path / "roles/agent") == {"tasks/main.yml", "files/a"}


def test_an_artifact_with_tasks_alone_is_a_role(tmp_path: Path) -> None:
    job = a_job(tmp_path)
    unpack_roles(job, [a_layer(job, ("tasks/main.yml", TASKS))], tmp_path / "roles")
    assert files(tmp_path / "roles/agent") == {"tasks/main.yml"}


@pytest.mark.parametrize(
    "make",
    [
        lambda job: a_layer(job, ("tasks/main.yml", TASKS), ("../../outside", b"x")),
        lambda job: a_layer(job, ("tasks/main.yml", TASKS), link=("files", "/etc")),
        lambda job: a_layer(job, ("tasks/main.yml", TASKS), link=("files", "../../..")),
    ],
    ids=["a path out of it", "an absolute link", "a link out of it"],
)
def test_no_member_of_an_artifact_leaves_the_role(tmp_path: Path, make: Callable[[Job], UserRole]) -> None:
    job = a_job(tmp_path)
    with pytest.raises(InputError, match=r"system.roles\[agent\].oci"):
        unpack_roles(job, [make(job)], tmp_path / "roles")
    assert not (tmp_path / "outside").exists()


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    job = a_job(tmp_path)
    with job.cache.storing(KIND, DIGEST, {}) as folder:
        (folder / LAYER).write_bytes(b"no archive")
    role = UserRole(name="agent", oci=OciArtifact(reference=f"registry.example/roles/agent@sha256:{DIGEST}"))
    with pytest.raises(InputError, match="expected a tar"):
        unpack_roles(job, [role], tmp_path / "roles")


def test_a_role_without_tasks_is_refused(tmp_path: Path) -> None:
    job = a_job(tmp_path, {"main.yml": "a"})
    with pytest.raises(InputError, match=r"tasks__main\.yml"):
        unpack_roles(job, [UserRole(name="agent", config_map_name="agent")], tmp_path / "roles")


TEXTS = st.one_of(st.text(max_size=20), st.sampled_from(["{{ lookup('pipe', 'id') }}", "{% raw %}", "!vault x", "*a"]))
VALUES = st.recursive(
    st.one_of(TEXTS, st.integers(), st.booleans(), st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
)


class _Reader(yaml.SafeLoader):
    """Reads as Ansible does: what carries the tag is a text that is no template."""


_Reader.add_constructor("!unsafe", lambda loader, node: ("data", loader.construct_scalar(node)))  # type: ignore[arg-type]


def marked(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: marked(part) for name, part in value.items()}
    if isinstance(value, list):
        return [marked(part) for part in value]
    return ("data", value) if isinstance(value, str) else value


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), VALUES, max_size=4))
def test_every_text_of_the_variables_is_marked_as_data(variables: dict[str, Any]) -> None:
    assert yaml.load(as_data(variables), Loader=_Reader) == marked(variables)  # noqa: S506  (a SafeLoader)
