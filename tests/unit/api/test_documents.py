import time
from typing import Any

import pytest

from airship_images.api.airshipimage import AirshipImage
from airship_images.api.documents import RawDocument, parse, validate
from airship_images.api.errors import Finding, InputError, InvalidDocument
from airship_images.api.nodeprofile import NodeProfile
from airship_images.api.reasons import Reason

PROFILE = "apiVersion: airshipit.org/v1alpha1\nkind: NodeProfile\nmetadata: {name: base}\nspec:\n"
IMAGE = """apiVersion: airshipit.org/v1alpha1
kind: AirshipImage
metadata: {name: worker}
spec:
  profiles: [{name: base}]
  image: {type: qcow2, outputFileName: worker.qcow2}
"""


def findings(text: str) -> list[Finding]:
    """What is wrong with the one document in `text`."""
    (raw,) = parse(text, "site.yaml")
    with pytest.raises(InvalidDocument) as caught:
        validate(raw)
    return list(caught.value.findings)


def refusal(text: str | bytes) -> InputError:
    with pytest.raises(InputError) as caught:
        parse(text, "site.yaml")
    return caught.value


def test_a_profile_and_an_image_of_one_file_are_read_in_order() -> None:
    documents = [validate(raw) for raw in parse(f"{PROFILE}  kernel: {{}}\n---\n{IMAGE}", "site.yaml")]
    assert [type(document) for document in documents] == [NodeProfile, AirshipImage]


def test_empty_documents_and_comments_are_nothing() -> None:
    assert parse("---\n# nothing\n---\n---\n", "site.yaml") == []


def test_a_list_of_kubectl_is_its_items() -> None:
    raw = parse("kind: List\napiVersion: v1\nitems:\n- kind: A\n- kind: B\n", "site.yaml")
    assert [document.kind for document in raw] == ["A", "B"]


def test_null_is_unset() -> None:
    (raw,) = parse(PROFILE + "  kernel:\n    sysctl:\n", "site.yaml")
    profile = validate(raw)
    assert isinstance(profile, NodeProfile)
    assert profile.spec.kernel
    assert profile.spec.kernel.sysctl is None


def bomb(levels: int) -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, levels)]
    return "\n".join(lines)


REFUSED: dict[str, tuple[str | bytes, str]] = {
    "10 MB of text": (
        "a: " + "x" * 10_000_000,
        "found 10000003 bytes of YAML, expected at most 8 MiB",
    ),
    "a million keys": ("- a\n" * 1_000_000, "found more than 500000 keys and values"),
    "an alias bomb": (bomb(9), "expected at most 10000"),
    "an alias bomb too large for a 64 bit number": (bomb(40), "expected at most 10000"),
    "an alias inside itself": ("a: &a [*a]", "line 1, column 4: found an alias inside its own anchor"),
    "nesting that would exhaust a stack": ("[" * 1_000_000, "found more than 64 levels of nesting"),
    "nesting by indentation": ("\n".join(" " * n + "a:" for n in range(100)), "found more than 64 levels of nesting"),
    "a key given twice": ("a: 1\nb: 2\na: 3\n", "line 3, column 1: found the key 'a' a second time"),
    "a nested key given twice": ("a: {b: 1, b: 2}", "found the key 'b' a second time"),
    "a tab for indentation": ("a:\n\tb: 1\n", "line 2, column 1: found a tab"),
    "a list as key": ("? [a]\n: 1\n", "found a key that is a list or a map"),
    "a tag that runs code": ("a: !!python/object/apply:os.system [id]", "could not determine a constructor"),
    "an unfinished quote": ('a: "b', "line 1"),
    "an alias to nothing": ("a: *b", "undefined alias"),
    "bytes that are not UTF-8": (b"a: \xff\xfe\x00", "expected YAML in UTF-8"),
    "a date that is none": ("a: 2024-99-99", "values in quotes"),
    "a number of 5000 digits": ("a: " + "9" * 5000, "values in quotes"),
    "a list": ("- 1", "document 1: found a list of 1 items, expected a map"),
    "a text": ("hello", "found 'hello', expected a map"),
}


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED)
def test_a_source_is_refused_for(text: str | bytes, message: str) -> None:
    error = refusal(text)
    assert error.path.startswith("site.yaml")
    assert message in str(error)
    assert error.exit_code == 2


@pytest.mark.parametrize("name", ["10 MB of text", "an alias bomb", "nesting that would exhaust a stack"])
def test_it_is_refused_before_it_costs_anything(name: str) -> None:
    began = time.process_time()
    refusal(REFUSED[name][0])
    assert time.process_time() - began < 0.5


INVALID: dict[str, tuple[str, list[tuple[str, str, str]]]] = {
    "an unknown field, with the one that was meant": (
        PROFILE + "  kernel: {syscrl: []}\n",
        [
            (
                "spec.kernel.syscrl",
                "an unknown field",
                "sysctl (one of kernel_base_pkg, kernel_headers_pkg, modules, sysctl, grub, "
                "grub_cmdline_linux_default_append, secure_boot, kdump_tools)",
            )
        ],
    ),
    "an unquoted mode": (
        PROFILE + "  system: {files: [{name: /a, permissions: 0755}]}\n",
        [
            (
                "spec.system.files[/a].permissions",
                "the number 493 (unquoted; YAML reads 0755 as octal and 1:30 as base 60)",
                "text; put it in quotes",
            )
        ],
    ),
    "an unquoted date and an unquoted yes": (
        PROFILE + "  kernel: {sysctl: [{name: a, value: 2024-01-01}, {name: b, value: yes}]}\n",
        [
            ("spec.kernel.sysctl[a].value", "the date 2024-01-01 (unquoted)", "text; put it in quotes"),
            ("spec.kernel.sysctl[b].value", "the boolean true", "text; put it in quotes"),
        ],
    ),
    "a quoted number": (
        PROFILE + "  kernel: {grub: {GRUB_TIMEOUT: '1'}}\n",
        [("spec.kernel.grub.GRUB_TIMEOUT", "'1'", "a whole number without quotes")],
    ),
    "a number out of bounds": (
        PROFILE + "  kernel: {grub: {GRUB_TIMEOUT: -1}}\n",
        [
            (
                "spec.kernel.grub.GRUB_TIMEOUT",
                "the number -1 (unquoted; YAML reads 0755 as octal and 1:30 as base 60)",
                "at least 0",
            )
        ],
    ),
    "a word that is none of the known": (
        PROFILE + "  software: {rootfs_arch: x86}\n",
        [("spec.software.rootfs_arch", "'x86'", "one of 'amd64' or 'arm64'")],
    ),
    "a missing merge key": (
        PROFILE + "  kernel: {sysctl: [{value: '1'}]}\n",
        [
            (
                "spec.kernel.sysctl[0].name",
                "nothing",
                "a value: Name of the setting, for example net.ipv4.ip_forward; merge key",
            )
        ],
    ),
    "a name that only our code knows": (
        PROFILE + "  cloud_init: {datasources: [None]}\n",
        [("spec.cloud_init", "an unknown field", "its name in camelCase")],
    ),
    "one name twice": (
        PROFILE + "  kernel: {sysctl: [{name: a, value: '1'}, {name: a, value: '2'}]}\n",
        [("spec.kernel.sysctl[a]", "the same name twice", "each name once in a list")],
    ),
    "one package twice": (
        PROFILE + "  software: {packages: [vim, vim]}\n",
        [("spec.software.packages[vim]", "the same item twice", "each item once")],
    ),
    "two contents of one file": (
        PROFILE + "  system: {files: [{name: /a, file_content: '', content_from: {secretName: s, key: k}}]}\n",
        [("spec.system.files[/a]", "file_content and content_from", "one of them")],
    ),
    "one profile twice": (
        IMAGE.replace("[{name: base}]", "[{name: base}, {name: base}]"),
        [("spec.profiles[base]", "the same name twice", "each name once in a list")],
    ),
    "a password of the wrong type, which is not shown": (
        PROFILE + "  system: {user_management: [{name: ops, password_from: hunter2}]}\n",
        [("spec.system.user_management[ops].password_from", "a value that is not shown", "a map")],
    ),
    "another kind": ("kind: Pod\nmetadata: {name: a}\n", [("kind", "'Pod'", "NodeProfile or AirshipImage")]),
}


@pytest.mark.parametrize(("text", "expected"), INVALID.values(), ids=INVALID)
def test_a_document_is_invalid_for(text: str, expected: list[tuple[str, str, str]]) -> None:
    assert [(one.path.partition(": ")[2], one.found, one.expected) for one in findings(text)] == expected


@pytest.mark.parametrize("wrong", ["0", "1001", "0%", "101%", "1.5", "true", "'5'", "[1]"])
def test_hosts_at_once_are_a_number_or_a_percentage(wrong: str) -> None:
    (finding,) = findings(f"{IMAGE}  rollout: {{maxUnavailable: {wrong}}}\n")
    assert finding.path == "AirshipImage/worker: spec.rollout.maxUnavailable"
    assert finding.expected == "a number from 1 to 1000, or a percentage from '1%' to '100%'"


def test_a_file_name_that_leaves_its_folder_says_so() -> None:
    (finding,) = findings(IMAGE.replace("worker.qcow2", "../../x"))
    assert finding.reason is Reason.UNSAFE_FILE_NAME
    assert finding.path == "AirshipImage/worker: spec.image.outputFileName"
    assert finding.found == "'../../x'"


def test_a_name_of_41_characters_is_too_long_for_an_image_and_not_for_a_profile() -> None:
    (finding,) = findings(IMAGE.replace("name: worker", f"name: {'a' * 41}"))
    assert finding.expected == "at most 40 characters"
    validate(parse(PROFILE.replace("name: base", f"name: {'a' * 41}") + "  kernel: {}\n", "site.yaml")[0])


def test_all_that_is_wrong_is_said_at_once() -> None:
    text = PROFILE + "  kernel: {sysctl: [{name: a, value: 1}], gurb: 1}\n  softwear: {}\n"
    assert [one.path for one in findings(text)] == [
        "NodeProfile/base: spec.kernel.sysctl[a].value",
        "NodeProfile/base: spec.kernel.gurb",
        "NodeProfile/base: spec.softwear",
    ]


def test_a_document_without_a_name_is_found_by_its_place() -> None:
    with pytest.raises(InvalidDocument) as caught:
        validate(RawDocument("site.yaml", 2, {"kind": "NodeProfile"}))
    assert caught.value.path.startswith("site.yaml, document 3: ")


@pytest.mark.parametrize("garbage", [None, 1, "x", [], {"name": 1}])
def test_a_document_of_any_shape_is_explained(garbage: Any) -> None:
    for kind in ("NodeProfile", "AirshipImage"):
        with pytest.raises(InvalidDocument):
            validate(RawDocument("site.yaml", 0, {"kind": kind, "metadata": garbage, "spec": garbage}))
