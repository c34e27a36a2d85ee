import pytest

from airship_images.api.reasons import Reason
from airship_images.spec import SpecError, prepare
from tests.unit.spec.nodes import a_profile, an_image, findings, prepared
from tests.unit.spec.rules.parts import BIOS, ESP, ROOT, disk, systemd


def test_profiles_that_are_not_there_are_named_with_those_that_are() -> None:
    with pytest.raises(SpecError) as caught:
        prepare(an_image(("base", "wroker", "gpu")), {"base": a_profile(), "worker": a_profile("worker")})
    found = caught.value.findings
    assert [(one.reason, one.path) for one in found] == [
        (Reason.PROFILE_NOT_FOUND, "AirshipImage/worker: spec.profiles[wroker]"),
        (Reason.PROFILE_NOT_FOUND, "AirshipImage/worker: spec.profiles[gpu]"),
    ]
    assert found[0].expected == "one of base, worker"


def test_everything_that_is_wrong_is_said_at_once() -> None:
    found = findings(
        a_profile(software={"suite": "sid"}, cloudInit={"datasources": ["None"]}),
        a_profile("disk", **disk(BIOS, ROOT, ESP), kernel={"sysctl": [{"name": "x", "omit": True}]}),
        image={"type": "qcow2", "outputFileName": "worker.iso"},
    )
    assert [(one.reason, one.path.partition(":")[0]) for one in found] == [
        (Reason.INVALID_INPUT, "NodeProfile/disk"),
        (Reason.NOT_YET_SUPPORTED, "NodeProfile/base"),
        (Reason.INVALID_INPUT, "AirshipImage/worker"),
        (Reason.PACKAGE_MISSING, "NodeProfile/base"),
        (Reason.ROOT_NOT_FIRST, "NodeProfile/disk"),
    ]


def test_profiles_that_together_exceed_a_bound_are_refused() -> None:
    some = [a_profile(f"p{part}", software={"packages": [f"pkg{part}-{n}" for n in range(600)]}) for part in (1, 2)]
    assert [one.expected for one in findings(*some)] == ["at most 1024 items"]


def test_profiles_may_bring_a_thousand_files_together() -> None:
    parts = [
        a_profile(f"p{part}", **systemd(files=[{"name": f"/{part}/{n}", "file_content": ""} for n in range(500)]))
        for part in (1, 2)
    ]
    assert findings(*parts) == ()


def test_a_default_needs_no_package_and_a_node_without_cloud_init_has_no_datasources() -> None:
    assert "cloudInit" not in prepared(a_profile()).node.data
    assert prepared(a_profile(software={"packages": ["cloud-init"]})).node.data["cloudInit"]["datasources"] == [
        "ConfigDrive",
        "NoCloud",
        "None",
    ]


def test_a_profile_that_says_nothing_is_taken() -> None:
    assert findings(a_profile()) == ()


def test_text_that_looks_like_a_template_is_taken() -> None:
    areas = systemd(files=[{"name": "/a", "file_content": "{{ lookup('pipe','id') }}"}])
    assert findings(a_profile(**areas)) == ()
