"""Text that does nothing where it is shown."""

import traceback
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hailuo_widgets import errors
from hailuo_widgets.text import neutralize
from hailuo_widgets.widgets.shared import static_view


@given(st.text(st.characters()))
def test_no_command_and_no_half_character_is_left(text):
    shown = neutralize(text)
    assert not [c for c in shown if unicodedata.category(c) in {"Cc", "Cs"} and c != "\n"]
    assert not [c for c in shown if unicodedata.bidirectional(c) in {"RLO", "LRO", "RLE", "LRE"}]
    shown.encode()


def test_a_clipboard_command_becomes_plain_text():
    assert neutralize("a\x1b]52;c;aGk=\x07\tb\r\nc") == "a\ufffd]52;c;aGk=\ufffd b\nc"


COMMANDS = "a\x1b]52;c;aGk=\x07b\u202ec\x9bd\rE"


@pytest.mark.parametrize(
    "error",
    [
        errors.InputError(COMMANDS),
        errors.LibraryError(COMMANDS),
        errors.RefusedError(COMMANDS, status=400),
        errors.GenerationFailedError(COMMANDS, prediction_id="p", code=1200),
        errors.WaitTimeoutError(COMMANDS),
    ],
    ids=lambda error: type(error).__name__,
)
def test_no_sentence_of_ours_commands_a_terminal(error):
    shown = "".join([str(error), repr(error), *error._render_traceback_()])
    shown += "".join(traceback.format_exception(error))
    assert not {"\x1b", "\x07", "\x9b", "\u202e", "\r"} & set(shown)
    assert "b" in str(error)


def test_a_plain_text_static_view_commands_no_terminal():
    drawn = static_view.card(COMMANDS, None, [("Prompt", COMMANDS), ("State", "x" * 100_000)])
    assert not {"\x1b", "\x07", "\x9b", "\u202e", "\r"} & set(drawn["text/plain"])
    assert len(drawn["text/html"]) < 20_000
