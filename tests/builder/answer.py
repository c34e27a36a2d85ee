"""Runs in the booted image: the output of each question's command, on the console in lines that survive its noise."""

import base64
import json
import subprocess
import textwrap
from pathlib import Path

questions = json.loads(Path("/run/questions.json").read_text())
answers = {
    name: subprocess.run(command, shell=True, capture_output=True, text=True, check=False).stdout  # noqa: S602
    for name, command in questions.items()
}
subprocess.run(["dmesg", "--console-off"], check=True)
with Path("/dev/ttyS0").open("wb", buffering=0) as console:
    for chunk in textwrap.wrap(base64.b64encode(json.dumps(answers).encode()).decode(), 120):
        console.write(f"\n@FACT {chunk}\n".encode())
