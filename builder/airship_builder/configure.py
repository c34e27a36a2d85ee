"""What does the configuration make of the base? Roles say what changes, and the base with it becomes the image."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from airship_builder import intents
from airship_builder.base import Base
from airship_builder.bootloader import loader_inventory
from airship_builder.cache import Entry
from airship_builder.changes import Changes
from airship_builder.commit import read_facts
from airship_builder.disk import beginning
from airship_builder.formats import FORMATS
from airship_builder.job import Job
from airship_builder.overlay import Overlay
from airship_builder.run import ToolError, run
from airship_builder.signing import signed_modules
from airship_builder.tasks import failed_task
from airship_builder.tree import Change
from airship_builder.usercode import has_user_code, run_user_code
from airship_builder.variables import role_variables
from airship_images.api.errors import OutsideError
from airship_images.api.reasons import Reason

_ANSIBLE: Final = Path(__file__).resolve().parents[1] / "ansible"


def configure(job: Job) -> None:
    """Make the image of the request in the scratch folder, in its format.

    Raises InputError when a role refuses a value, with the task's name, and OutsideError when the disk is not cached.
    """
    entry = _base(job)
    work = job.scratch / "configure"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    for name in ("lock", "packages", "epoch", "inventory", "loader"):
        job.note(name, entry.facts.get(name))
    if job.inputs.build_request().type == "iso":  # which gets ours here; the other formats without a disk have none
        job.note("loader", loader_inventory())
    job.report(5, "roles", "running the roles")
    with ThreadPoolExecutor(max_workers=1) as pool:
        FORMATS[job.inputs.build_request().type](job, entry, pool.submit(_changes, job, entry, work))
    shutil.rmtree(work)


def _base(job: Job) -> Entry:
    """What the format begins with."""
    kind, key = beginning(job.inputs.build_request())
    entry = job.cache.peek(kind, key)
    if entry is None:
        message = f"{kind} {key[:10]} is not in the cache; run the phase disk first"
        raise OutsideError(message, reason=Reason.CACHE_CORRUPT)
    return entry


def _changes(job: Job, entry: Entry, work: Path) -> Changes:
    base = read_facts(entry)
    asked = _run_roles(job, entry, base, work)
    overlay = Overlay(base, entry.facts["epoch"], job.secrets, job.inputs.config_maps(), job.cache)
    overlay.collect(intents.read(asked))
    for path, module in signed_modules(job, entry, base.kernel, work).items():
        overlay.tree.put(path, Change("file", 0o644, content=module))
    job.note("containsSecrets", bool(overlay.used_secrets))
    changes = Changes(overlay.changes(), overlay.removed)
    if has_user_code(job):
        return run_user_code(job, changes, work, entry.facts["epoch"])
    return changes


def _run_roles(job: Job, entry: Entry, base: Base, work: Path) -> Path:
    asked = work / "intents.jsonl"
    (work / "variables.json").write_text(json.dumps(role_variables(job.inputs, entry.facts, base)))
    environment = {
        "HOME": str(work),
        "ANSIBLE_CONFIG": str(_ANSIBLE / "ansible.cfg"),
        "ANSIBLE_HOME": str(work / "home"),
        "ANSIBLE_LOCAL_TEMP": str(work / "home/tmp"),
        "AIRSHIP_VARIABLES": str(work / "variables.json"),
        "AIRSHIP_INTENTS": str(asked),
    }
    try:
        run("ansible-playbook", "--inventory", "localhost,", _ANSIBLE / "playbooks/configure.yml", env=environment)
    except ToolError as error:
        raise failed_task(error, "values that its role takes") from error
    return asked
