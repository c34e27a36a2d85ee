"""What apt and dpkg say becomes an error with the field to change, or the package to look at."""

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


def ended(text: str) -> ToolError:
    return ToolError("apt-get", "ended with code 100", tuple(text.splitlines()), reason=Reason.TOOL_FAILED)


def test_a_script_that_fails_long_before_the_end_is_named_with_its_words() -> None:
    found = of_script(ended(AGENT + "Setting up more (1) ...\n" * 500))
    assert isinstance(found, OutsideError)
    assert found.reason is Reason.PACKAGES_FAILED
    words = "looking for a server; no server; returned error exit status 7"
    assert found.message == f"package agent could not be configured: {words}"


def test_a_failure_without_a_script_stays_what_it_was() -> None:
    error = ended("E: something else")
    assert of_script(error) is error
    assert of_install(error, "bookworm", ()) is error


def test_an_alternative_that_is_kept_out_is_found_too() -> None:
    lines = "The following packages have unmet dependencies:\n a : Depends: b but it is not installable or\n"
    found = of_install(ended(lines + "              library:any (>= 1) but it is not installable"), "x", ("lib*",))
    assert isinstance(found, InputError)
    assert found.path == "software.unapproved_packages[lib*]"
