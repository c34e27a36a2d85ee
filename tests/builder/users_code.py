"""A role and a script of a user's for an image of any kind: each leaves its mark where it is told to."""

from typing import Any

import yaml

from tests.builder.workbench import Workbench

MARK = "of a role\n"


def users_code(bench: Workbench, *folders: str) -> dict[str, Any]:
    """More of osconfig-vars.yaml: a role, whose files go to `bench`, and a script that copies the role's mark.

    Each of `folders` has the files `role` and `script` afterwards.
    """
    copy = {"content": MARK, "dest": "{{ image_root }}{{ item }}/role", "mode": "0640"}
    tasks = [{"name": "Leave a mark", "ansible.builtin.copy": copy, "loop": list(folders)}]
    files = {"marks": {"data": {"tasks__main.yml": yaml.safe_dump(tasks)}}}
    (bench.request / "configmaps.yaml").write_text(yaml.safe_dump(files))
    lines = ["#!/bin/sh", "set -e", *(f"cat {folder}/role >{folder}/script" for folder in folders), ""]
    script = {"name": "marks", "timeout": "1m", "file_content": "\n".join(lines)}
    return {"roles": [{"name": "marks", "configMapName": "marks"}], "user_scripts": [script]}
