import pytest

from airship_images.api.reasons import Reason
from tests.unit.spec.nodes import a_profile, refusals
from tests.unit.spec.rules.parts import Areas, Wrong

WRONG: Wrong = {
    "a command line of which the kernel would cut off the end": (
        {"kernel": {"grub_cmdline_linux_default_append": [{"name": "a", "value": "b" * 980}] * 2}},
        Reason.INVALID_INPUT,
        "NodeProfile/base: spec.kernel.grub_cmdline_linux_default_append",
    ),
}


@pytest.mark.parametrize(("areas", "reason", "path"), WRONG.values(), ids=WRONG)
def test_a_node_is_refused_for(areas: Areas, reason: Reason, path: str) -> None:
    assert refusals(a_profile(**areas)) == [(reason, path)]
