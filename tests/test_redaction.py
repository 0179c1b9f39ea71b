"""No key in what is shown or handed on, however it is spelt."""

import base64
import html
import pickle
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hailuo_widgets import child_process, redaction

KEY = "wsk_live-Zz9+/=&<'\"%~ABC"
redaction.remember(KEY)


def in_base64(key, before, after):
    return base64.b64encode(before + key.encode() + after).decode()


@pytest.mark.parametrize(
    "spelling",
    [
        KEY,
        quote(KEY, safe=""),
        "".join(f"%{ord(c):02x}" for c in KEY),
        html.escape(KEY),
        "".join(f"&#{ord(c)};" for c in KEY),
        "".join(f"&#x{ord(c):X};" for c in KEY),
        "".join(f"\\u{ord(c):04x}" for c in KEY),
        KEY.encode().hex(),
        KEY.encode().hex().upper(),
    ],
)
def test_each_spelling_is_replaced(spelling):
    assert redaction.redact(f"before {spelling} after") == "before [key] after"


@given(st.binary(max_size=7), st.binary(max_size=7))
def test_a_key_within_base64_is_replaced_wherever_it_begins(before, after):
    left = redaction.redact(in_base64(KEY, before, after)).replace("[key]", "")
    # A digit that the key shares with its neighbour, at either end, and padding may stay.
    assert len(left) <= len(in_base64("", before, after)) + 4


@given(st.text())
def test_other_text_stays_as_it_is(text):
    assert redaction.redact(text) == text


def test_a_child_gets_no_variable_that_holds_a_key(monkeypatch):
    monkeypatch.setenv("WAVESPEED_API_KEY", "of-the-environment")
    monkeypatch.setenv("MY_OTHER_NAME", f"Bearer {KEY}")
    monkeypatch.setenv("HARMLESS", "1")
    given = child_process.environment(MORE="2")
    assert {"WAVESPEED_API_KEY", "MY_OTHER_NAME"}.isdisjoint(given)
    assert (given["HARMLESS"], given["MORE"], given["PYTHONSAFEPATH"]) == ("1", "2", "1")


def test_the_keys_are_never_shown_or_stored():
    assert KEY not in repr(redaction._KEYS)
    with pytest.raises(TypeError):
        pickle.dumps(redaction._KEYS)
