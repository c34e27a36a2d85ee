# SPDX-License-Identifier: GPL-3.0-or-later
"""The module `overlay` of our roles: writes down what a task asks for, without a process per file."""

import json
import os
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail

from airship_builder.intents import append
from airship_builder.roles import Role
from airship_images.api.errors import AirshipError
from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    """Runs in the process of ansible-playbook: about 20 ms for a task, however many files it has."""

    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Add the task's intents to the file $AIRSHIP_INTENTS; the variables are those of $AIRSHIP_VARIABLES."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = json.loads(Path(os.environ["AIRSHIP_VARIABLES"]).read_text())
        arguments = json.loads(json.dumps(self._task.args))
        role = Role(Path(self._task._role._role_path) / "templates", variables)
        try:
            intents = list(role.intents(arguments))
        except (AirshipError, ValueError) as error:
            raise AnsibleActionFail(str(error)) from error
        append(Path(os.environ["AIRSHIP_INTENTS"]), intents)
        return {**result, "changed": bool(intents), "intents": len(intents)}
