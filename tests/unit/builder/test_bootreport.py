"""Is a boot as it should be, by what the image reports or, where it reports nothing, by its console?"""

import pytest

from airship_builder.bootreport import describe_failure, failed_unit, read_report, shows_end

GOOD = ("begin", "state running", "secureboot on", "end")
DEGRADED = (
    "begin",
    "state degraded",
    "secureboot off",
    "failed a.service",
    "log the reason",
    "failed b.service",
    "end",
)


def judged(said: tuple[str, ...], *allowed: str, secure_boot: bool = False) -> str | None:
    return describe_failure(read_report(said, 1.0), allowed, secure_boot=secure_boot)


def test_a_boot_that_ends_running_is_good() -> None:
    assert judged(GOOD) is None


def test_a_failed_unit_is_named_with_its_last_lines_and_the_others_after_it() -> None:
    assert judged(DEGRADED) == "unit a.service failed (and b.service): the reason"


def test_a_unit_that_may_fail_is_no_failure_and_one_beside_it_is() -> None:
    assert judged(DEGRADED, "a.service", "b.service") is None
    assert judged(DEGRADED, "a.service") == "unit b.service failed: "
    assert judged(DEGRADED, "a", "b.servic") is not None


@pytest.mark.parametrize("state", ["degraded", "maintenance", "starting", "running-without-default-target"])
def test_another_end_than_running_is_a_failure_though_no_unit_failed(state: str) -> None:
    assert f"the system is '{state}'" in (judged(("begin", f"state {state}", "end")) or "")


def test_units_that_may_fail_do_not_excuse_a_boot_without_its_target() -> None:
    said = ("begin", "state degraded-without-default-target", "failed a.service", "end")
    assert "default-target" in (judged(said, "a.service") or "")


@pytest.mark.parametrize("said", [DEGRADED[:3], ("state running",)])
def test_secure_boot_that_is_off_or_unknown_is_a_failure_where_it_was_asked_for(said: tuple[str, ...]) -> None:
    running = tuple(line.replace("degraded", "running") for line in said)
    assert judged(running) is None
    assert judged(running, secure_boot=True) == "Secure Boot is off in the booted system"
    assert judged(GOOD, secure_boot=True) is None


@pytest.mark.parametrize(
    "line",
    [
        "debian login: ",
        "Debian GNU/Linux 12 localhost ttyS0 fedora login:",
        "ubuntu login: [   20.1] cloud-init[700]: done",
        "[  OK  ] Reached target multi-user.target - Multi-User System.",
        "[  OK  ] Reached target Graphical Interface.",
    ],
)
def test_a_login_prompt_or_the_default_target_on_a_console_ends_a_boot(line: str) -> None:
    assert shows_end(line)


@pytest.mark.parametrize(
    "line", ["", "[  OK  ] Reached target Swaps.", "Last login: Mon", "Starting User Login Management"]
)
def test_other_lines_do_not(line: str) -> None:
    assert not shows_end(line)


def test_systemd_tells_of_a_failed_unit_on_the_console() -> None:
    assert failed_unit("[FAILED] Failed to start broken.service - It breaks.") == "broken.service - It breaks"
    assert failed_unit("[  OK  ] Started ssh.service.") is None
