"""What apt and dpkg say becomes an error with the field to change, or the package to look at."""

import pytest

from airship_builder.refusals import of_install, of_script
from airship_builder.run import ToolError
from airship_images.api.errors import InputError, OutsideError
from airship_images.api.reasons import Reason

AGENT = """\
Setting up kmod (30) ...
Setting up agent (1) ...
looking for a server
no server
dpkg: error processing package agent (--configure):
 installed agent package post-installation script subprocess returned error exit status 7
Setting up tool (1) ...
Errors were encountered while processing:
 agent
"""


def ended(text: str, reason: Reason = Reason.TOOL_FAILED) -> ToolError:
    return ToolError("apt-get", "ended with code 100", tuple(text.splitlines()), reason=reason)


def test_a_script_that_fails_long_before_the_end_is_named_with_its_words() -> None:
    found = of_script(ended(AGENT + "Setting up more (1) ...\n" * 500))
    assert isinstance(found, InputError)
    assert (found.path, found.reason) == ("software.packages", Reason.PACKAGES_FAILED)
    assert found.found == "agent, whose script failed (looking for a server; no server; returned error exit status 7)"


def test_a_script_that_was_ended_is_named_and_may_do_better_next_time() -> None:
    killed = AGENT.replace("returned error exit status 7", "was killed by signal (Killed)")
    found = of_script(ended(killed))
    assert isinstance(found, OutsideError)
    assert found.reason is Reason.TOOL_FAILED
    assert found.message.endswith("(looking for a server; no server; was killed by signal (Killed))")


@pytest.mark.parametrize("reason", [Reason.DISK_FULL, Reason.OUT_OF_MEMORY, Reason.TIMED_OUT])
def test_a_script_without_room_memory_or_time_is_not_what_is_wrong(reason: Reason) -> None:
    error = ended(AGENT, reason)
    assert of_script(error) is error


def test_a_failure_without_a_script_stays_what_it_was() -> None:
    error = ended("E: something else")
    assert of_script(error) is error
    assert of_install(error, "bookworm", ()) is error


def test_an_alternative_that_is_kept_out_is_found_too() -> None:
    lines = "The following packages have unmet dependencies:\n a : Depends: b but it is not installable or\n"
    found = of_install(ended(lines + "              library:any (>= 1) but it is not installable"), "x", ("lib*",))
    assert isinstance(found, InputError)
    assert found.path == "software.unapproved_packages[lib*]"
