"""Is a boot as it should be, by what the image reports or, where it reports nothing, by its console?"""

import pytest

from airship_builder.bootreport import (
    describe_failure,
    failed_unit,
    read_report,
    shows_end,
    shows_lost_timer,
    shows_no_way_on,
)

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


@pytest.mark.parametrize(
    "said",
    [
        ("begin", "state running", "failed a.service", "log late", "end"),
        ("begin", "state degraded", "end"),
    ],
)
def test_a_unit_that_may_fail_may_do_so_or_recover_between_the_state_and_the_list_of_failures(
    said: tuple[str, ...],
) -> None:
    assert judged(said, "a.service") is None
    assert judged(said) is not None


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


REFUSED = "refused Lockdown: systemd-modules: unsigned module loading is restricted; see man kernel_lockdown.7"
DRIVEN = (*GOOD[:-1], "lockdown integrity", "driver fast_card loaded", "driver slow_card idle", "end")


def test_a_driver_without_its_device_is_no_failure() -> None:
    assert judged(DRIVEN, secure_boot=True) is None


def test_a_driver_that_the_kernel_refused_is_named_before_the_unit_that_failed_by_it() -> None:
    said = (*GOOD[:-1], REFUSED, "driver slow_card refused", "failed systemd-modules-load.service", "log no", "end")
    assert judged(said, secure_boot=True) == (
        "the kernel refused the driver slow_card: the certificate of the key that signed it is not enrolled in this "
        f"machine, or nobody signed it ({REFUSED.removeprefix('refused ')})"
    )


def test_a_module_of_somebody_else_s_key_is_left_to_its_unit_which_may_be_allowed_to_fail() -> None:
    said = (*DRIVEN[:-1], REFUSED, "failed systemd-modules-load.service", "end")
    degraded = tuple(line.replace("running", "degraded") for line in said)
    assert judged(degraded, "systemd-modules-load.service", secure_boot=True) is None
    assert (judged(degraded, secure_boot=True) or "").startswith("unit systemd-modules-load.service failed")


def test_the_log_tells_what_the_booted_system_says_of_its_lockdown_and_its_drivers() -> None:
    assert str(read_report((*DRIVEN[:-1], REFUSED, "end"), 1.0)) == (
        "running, failed units: none, Secure Boot on, lockdown integrity, driver fast_card loaded, "
        f"driver slow_card idle, modules {REFUSED.replace(' ', ': ', 1)}"
    )
    assert str(read_report(DEGRADED, 1.0)) == (
        "degraded, failed units: a.service, b.service, Secure Boot off, lockdown unknown"
    )


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


@pytest.mark.parametrize(
    ("line", "unit"),
    [
        ("[FAILED] Failed to start broken.service - It breaks.", ("broken.service", "It breaks")),
        ("[FAILED] Failed to mount data.mount - /data.", ("data.mount", "/data")),
        ("[FAILED] Failed to listen on ssh.socket.", ("ssh.socket", "")),
        ("[FAILED] Failed to start It breaks.", ("It breaks", "")),
        ("[  OK  ] Started ssh.service.", None),
    ],
)
def test_systemd_tells_of_a_failed_unit_on_the_console(line: str, unit: tuple[str, str] | None) -> None:
    assert failed_unit(line) == unit


@pytest.mark.parametrize(
    "line",
    [
        "[    2.1] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)",
        'You are in emergency mode. After logging in, type "journalctl -xb" to view',
        "[  OK  ] Reached target emergency.target - Emergency Mode.",
        "Entering emergency mode. Exit the shell to continue.",
        "Give root password for maintenance",
        "Press Enter for maintenance",
        "(initramfs) ",
        "grub rescue> ",
        "BdsDxe: No bootable option or device was found.",
    ],
)
def test_a_boot_that_stops_for_a_person_is_known_by_its_console(line: str) -> None:
    assert shows_no_way_on(line)


def test_a_timer_that_the_machine_lost_is_told_from_a_processor_that_is_kept_busy() -> None:
    lost = "[   26.2] rcu: rcu_preempt kthread timer wakeup didn't happen for 5251 jiffies! g-1159 f0x0 ->state=0x402"
    assert shows_lost_timer(lost)
    assert not shows_lost_timer("[   26.2] rcu: INFO: rcu_preempt self-detected stall on CPU")


def test_a_line_is_read_to_its_end_for_the_reason_that_is_on_it_but_for_a_prompt() -> None:
    assert not shows_no_way_on("[    2.1] Kernel panic - not sync", finished=False)
    assert not shows_no_way_on("[    2.1] Kernel panic - not syncing", finished=False)
    assert shows_no_way_on("(initramfs) ", finished=False)


@pytest.mark.parametrize(
    "line",
    [
        "debian login: ",
        "[    0.3] Command line: BOOT_IMAGE=/vmlinuz root=UUID=1 panic=30",
        "[  OK  ] Stopped target emergency.target.",
        "Loading initial ramdisk ...",
        "BdsDxe: loading Boot0001",
    ],
)
def test_a_boot_that_goes_on_shows_none_of_it(line: str) -> None:
    assert not shows_no_way_on(line)
