"""What a ConfigMap's document holds."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airship_images.api.configmap import document, values
from airship_images.api.errors import InputError

KEYS = st.from_regex(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,20}", fullmatch=True)


@given(st.dictionaries(KEYS, st.binary(max_size=50), max_size=4))
def test_what_is_written_is_what_is_read(content: dict[str, bytes]) -> None:
    assert values(document(content)) == content


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"data": ["a"]}, "a map of keys"),
        ({"data": {"a/b": "x"}}, "the key 'a/b'"),
        ({"data": {"..": "x"}}, "the key '..'"),
        ({"data": {"a": 1}}, "put it in quotes"),
        ({"binaryData": {"a": "*"}}, "not base64"),
        ({"data": {"a": ""}, "binaryData": {"a": ""}}, "each key once"),
    ],
)
def test_what_the_api_server_would_refuse_is_refused(data: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError) as refused:
        values(data)
    assert words in str(refused.value)
