"""How do users' own Ansible roles run on the root filesystem that ours have configured?

Their files are theirs, so Ansible may take templates from there. The variables of the profiles are data to them.
"""

import json
import sys
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Final

import yaml

from airship_builder.artifacts import layer
from airship_builder.foreign import SEARCH_PATH, run_foreign
from airship_builder.inputs import UserRole
from airship_builder.job import Job
from airship_builder.run import MINUTE, ToolError
from airship_builder.tasks import failed_task
from airship_images.api.errors import InputError

SECONDS: Final = 30 * MINUTE
"""Longest run of all roles of an image."""
FOLDER_MARK: Final = "__"
"""Stands for / in the keys of a ConfigMap."""

_SETTINGS: Final = Path(__file__).resolve().parents[1] / "ansible/users.cfg"
_UNPACKED_LIMIT: Final = 256 << 20  # bytes
_MAIN: Final = ("tasks/main.yml", "tasks/main.yaml", "tasks/main")


class _Text(str):
    """A text that Ansible must not take for a template."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    """Writes texts of users with the tag by which Ansible leaves them alone."""

    def ignore_aliases(self, data: object) -> bool:
        return True


_Dumper.add_representer(_Text, lambda dumper, text: dumper.represent_scalar("!unsafe", str(text), style='"'))


def unpack_roles(job: Job, roles: Sequence[UserRole], folder: Path) -> None:
    """Lay the files of `roles` out in the new `folder`, by name; raises InputError for what is no role."""
    for role in roles:
        target = folder / role.name
        target.mkdir(parents=True)
        if role.oci:
            _extract(role.name, layer(job.cache, role.oci), target)
        else:
            _write(role.name, job.inputs.config_maps()[str(role.config_map_name)], target)


def run_roles(job: Job, roles: Sequence[UserRole], folder: Path, tree: Path, work: Path) -> None:
    """Run `roles`, whose files are in `folder`, in order on `tree`.

    Raises InputError with the name and message of the task that failed, OutsideError when they take too long.
    """
    work.mkdir()
    job.report(15, "roles", f"running {len(roles)} users' roles")
    play = {
        "name": "Roles of users",
        "hosts": "localhost",
        "gather_facts": False,
        "roles": [role.name for role in roles],
    }
    ours = {"image_root": str(tree), "ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    (work / "play.yml").write_text(json.dumps([play]))
    (work / "extra-vars.yml").write_text(as_data(job.inputs.extra_vars()))
    (work / "ours.json").write_text(json.dumps(ours))
    try:
        run_foreign(
            *("/usr/bin/ansible-playbook", "--inventory", "localhost,"),
            *("--extra-vars", f"@{work}/extra-vars.yml", "--extra-vars", f"@{work}/ours.json", work / "play.yml"),
            root=Path("/"),
            seconds=SECONDS,
            env=_environment(folder, work),
        )
    except ToolError as error:
        raise failed_task(error, "a task that succeeds") from error


def as_data(variables: Mapping[str, Any]) -> str:
    """`variables` as a file for Ansible in which no text is ever a template."""
    return str(yaml.dump(_marked(variables), Dumper=_Dumper))


def _marked(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _marked(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_marked(part) for part in value]
    return _Text(value) if isinstance(value, str) else value


def _environment(folder: Path, work: Path) -> dict[str, str]:
    return {
        "PATH": SEARCH_PATH,
        "HOME": str(work),
        "LANG": "C.UTF-8",
        "TMPDIR": str(work),
        "ANSIBLE_CONFIG": str(_SETTINGS),
        "ANSIBLE_ROLES_PATH": str(folder),
        "ANSIBLE_HOME": str(work / "home"),
        "ANSIBLE_LOCAL_TEMP": str(work / "home/tmp"),
        "ANSIBLE_REMOTE_TEMP": str(work / "home/remote"),
    }


def _write(name: str, files: Mapping[str, bytes], target: Path) -> None:
    for key, content in files.items():
        path = PurePosixPath(key.replace(FOLDER_MARK, "/"))
        if path.is_absolute() or ".." in path.parts:
            raise InputError(f"system.roles[{name}]", f"the key {key}", "a path inside of the role")
        file = target / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    _expect_tasks(name, target)


def _extract(name: str, archive: Path, target: Path) -> None:
    """No member leaves the folder: Python's `data` filter refuses it, and what is no file, folder or link inside."""
    try:
        with tarfile.open(archive) as tar:
            size = sum(member.size for member in tar)
            if size > _UNPACKED_LIMIT:
                raise InputError(
                    f"system.roles[{name}].oci", f"{size >> 20} MiB unpacked", f"at most {_UNPACKED_LIMIT >> 20} MiB"
                )
            tar.extractall(target, filter="data")
    except tarfile.TarError as error:
        raise InputError(f"system.roles[{name}].oci", str(error), "a tar.gz of a role's files") from error
    inside = list(target.iterdir())
    if len(inside) == 1 and inside[0].is_dir() and inside[0].name not in ("tasks", "meta"):  # as `oras push FOLDER`
        inside[0].rename(target.with_name(f".{name}"))
        target.rmdir()
        target.with_name(f".{name}").rename(target)
    _expect_tasks(name, target)


def _expect_tasks(name: str, target: Path) -> None:
    if not any((target / main).is_file() for main in _MAIN):
        raise InputError(f"system.roles[{name}]", "no tasks", "tasks/main.yml (in a ConfigMap: tasks__main.yml)")
