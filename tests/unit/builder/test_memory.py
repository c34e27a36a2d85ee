"""The kernel counts whom it ended because memory ran out: in the group of the container, or in the machine."""

from pathlib import Path

from airship_builder.memory import COUNTERS, oom_kills


def test_the_count_of_the_container_comes_before_that_of_the_machine(tmp_path: Path) -> None:
    machine, container = tmp_path / "vmstat", tmp_path / "memory.events"
    machine.write_text("nr_free_pages 7\noom_kill 41\n")
    assert oom_kills((container, machine)) == 41
    container.write_text("low 0\nhigh 0\noom 3\noom_kill 2\noom_group_kill 0\n")
    assert oom_kills((container, machine)) == 2


def test_the_form_of_cgroup_v1_is_known(tmp_path: Path) -> None:
    (tmp_path / "memory.oom_control").write_text("oom_kill_disable 0\nunder_oom 0\noom_kill 5\n")
    assert oom_kills((tmp_path / "memory.oom_control",)) == 5


def test_this_machine_counts() -> None:
    assert any(counter.exists() for counter in COUNTERS)
    assert oom_kills() >= 0
