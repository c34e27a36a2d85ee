"""What do the Secrets in PATH hold, and who sees it?"""

import base64
import stat
from pathlib import Path
from typing import Any

import pytest

from airship_images.api.build import SecretRef
from airship_images.api.documents import RawDocument
from airship_images.api.errors import InputError
from airship_images.cli.secrets import Secret, read, write


def a_raw_secret(**parts: Any) -> RawDocument:
    return RawDocument("secret.yaml", 1, {"kind": "Secret", "metadata": {"name": "keys"}, **parts})


def test_data_is_base64_and_string_data_wins_over_it() -> None:
    encoded = base64.b64encode(b"from data").decode()
    secret = read(a_raw_secret(data={"a": encoded, "b": encoded}, stringData={"b": "plain"}))
    assert secret == Secret("keys", None, {"a": b"from data", "b": b"plain"})


def test_a_secret_shows_no_value_when_it_is_printed() -> None:
    assert "hunter2" not in repr(read(a_raw_secret(stringData={"a": "hunter2"})))


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"metadata": {}}, "metadata.name: found no valid name"),
        ({"metadata": {"name": "../x"}}, "metadata.name: found no valid name"),
        ({"stringData": {"..": "hunter2"}}, r"stringData: found the key '\.\.'"),
        ({"stringData": {"a/b": "hunter2"}}, "stringData: found the key 'a/b'"),
        ({"stringData": {"a": 12345678}}, r"stringData\.a: found a int, expected a text; put it in quotes"),
        ({"stringData": ["hunter2"]}, "stringData: found a list, expected a map"),
        ({"data": {"a": "hunter2!"}}, r"data\.a: found text that is not base64"),
    ],
)
def test_a_wrong_secret_is_refused_without_its_value(parts: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message) as refused:
        read(a_raw_secret(**parts))
    assert "hunter2" not in str(refused.value)
    assert "12345678" not in str(refused.value)


def test_only_the_wanted_values_are_written_and_for_this_user_alone(tmp_path: Path) -> None:
    secret = Secret("keys", None, {"ops": b"\x00binary", "other": b"not wanted"})
    write({"keys": secret}, [SecretRef(secret_name="keys", key="ops")], tmp_path)
    assert (tmp_path / "keys/ops").read_bytes() == b"\x00binary"
    assert stat.S_IMODE((tmp_path / "keys/ops").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert not (tmp_path / "keys/other").exists()


@pytest.mark.parametrize(
    ("name", "key", "message"),
    [
        ("other", "ops", "Secret/other: ops: found no such Secret in PATH, expected its document beside the image"),
        ("keys", "typo", "Secret/keys: typo: found the keys ops, expected the key typo"),
        ("keys", "..", r"Secret/keys: \.\.: found the keys ops"),
    ],
)
def test_a_value_that_is_not_there_is_missed_by_name(tmp_path: Path, name: str, key: str, message: str) -> None:
    secrets = {"keys": Secret("keys", None, {"ops": b"hunter2"})}
    with pytest.raises(InputError, match=message):
        write(secrets, [SecretRef.model_construct(secret_name=name, key=key)], tmp_path)
