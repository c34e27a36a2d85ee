"""What may be shown of a text that may hold a secret?"""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airship_images.api.redaction import redact, shows_secret, spoken_forms

PIECES = st.sampled_from(
    [
        "-----BEGIN RSA PRIVATE KEY-----",
        "-----END RSA PRIVATE KEY-----",
        "$6$",
        "$y$",
        "abcdefgh",
        "http://",
        "me:pw",
        "@",
        "/",
        " ",
    ]
)
VALUE = b'first line\nsecond "line"\n'


@pytest.mark.parametrize(
    "text",
    [
        'first line\nsecond "line"',
        'second "line"',
        json.dumps(VALUE.decode()),
        json.dumps({"line": 'second "line"'}),
        base64.b64encode(VALUE).decode(),
    ],
)
def test_a_value_is_hidden_whole_by_line_in_json_and_in_base64(text: str) -> None:
    shown = redact(f"<{text}>", spoken_forms([VALUE]))
    assert "line" not in shown.replace('"line":', "")
    assert "[redacted]" in shown


def test_a_value_that_is_no_text_is_hidden_in_base64() -> None:
    assert base64.b64encode(b"\xff\x00\xfe\x01").decode() in spoken_forms([b"\xff\x00\xfe\x01"])


@given(st.lists(PIECES).map("".join))
def test_a_text_shows_a_secret_exactly_where_something_would_be_hidden(text: str) -> None:
    assert shows_secret(text) == (redact(text) != text)
