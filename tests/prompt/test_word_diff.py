"""Which words differ between prompts: by property, and as people read them."""

import itertools
import time
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from hailuo_widgets.prompt.word_diff import ALONE, EQUAL, SHARED, marked, words_of

# Few words in many orders, so that there is much in common and much that moves.
WORDS = ["push", "in", "dawn", "storm", "[Pan left]", "雪", "が", "降る", "é", "🎬", "👩‍🚀", "🇩🇪", "שלום", ","]  # fmt: skip
texts = st.lists(
    st.one_of(
        st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join),
        st.lists(st.sampled_from(WORDS), max_size=12).map("".join),
        st.text(max_size=40),
    ),
    max_size=5,
)


def differing(text, *others):
    return [piece for piece, differs in marked([text, *others])[0] if differs]


@given(texts)
def test_the_pieces_join_to_the_text(given_texts):
    assert ["".join(text for text, _ in pieces) for pieces in marked(given_texts)] == given_texts


def kept(text, pieces):
    """The words of a text that no mark covers; a mark never ends inside a word."""
    differs = [flag for piece, flag in pieces for _ in piece]
    words, at = [], 0
    for word in words_of(text):
        (flag,) = set(differs[at : at + len(word)])
        at += len(word)
        if not flag and not word.isspace():
            words.append(word)
    return words


@given(texts)
def test_what_is_not_marked_is_the_same_in_all(given_texts):
    plain = [
        kept(text, pieces) for text, pieces in zip(given_texts, marked(given_texts), strict=True)
    ]
    assert all(words == plain[0] for words in plain)


@given(st.text(max_size=60), st.integers(1, 4))
def test_equal_texts_differ_in_nothing(text, count):
    assert not any(differs for pieces in marked([text] * count) for _, differs in pieces)


@given(texts)
def test_a_piece_that_differs_holds_a_word_and_neighbours_alternate(given_texts):
    for pieces in marked(given_texts):
        assert all(text.strip() for text, differs in pieces if differs)
        assert all(one[1] != other[1] for one, other in itertools.pairwise(pieces))
        assert all(text for text, _ in pieces)


@given(st.lists(st.sampled_from(WORDS), max_size=9), st.lists(st.sampled_from(WORDS), max_size=9))
def test_as_much_as_possible_is_left_unmarked(one, other):
    """The length of the common part is that of a plain longest common subsequence."""
    first, second = ([w for w in words_of(" ".join(ws)) if w.strip()] for ws in (one, other))
    table = [[0] * (len(second) + 1) for _ in range(len(first) + 1)]
    for i, a in enumerate(first):
        for j, b in enumerate(second):
            table[i + 1][j + 1] = (
                table[i][j] + 1 if a == b else max(table[i][j + 1], table[i + 1][j])
            )
    text = " ".join(one)
    assert len(kept(text, marked([text, " ".join(other)])[0])) == table[-1][-1]


@given(texts)
def test_what_stands_alone_stands_in_no_other_text(given_texts):
    found = marked(given_texts)
    for at, pieces in enumerate(found):
        others = {
            word for text in given_texts[:at] + given_texts[at + 1 :] for word in words_of(text)
        }
        missed = {
            word
            for other in found[:at] + found[at + 1 :]
            for piece, degree in other
            if degree
            for word in words_of(piece)
        }
        for piece, degree in pieces:
            words = {word for word in words_of(piece) if not word.isspace()}
            if degree == SHARED:
                assert words <= others
            elif degree == ALONE:
                assert not words & missed


@given(st.text(max_size=80))
def test_words_join_to_the_text_and_no_mark_stands_alone(text):
    words = words_of(text)
    assert "".join(words) == text
    for before, word in itertools.pairwise(words):
        if unicodedata.category(word[0]).startswith("M"):
            assert before.isspace()


def test_words_as_people_read_them():
    assert differing("slow push in, dawn", "slow push in, storm light") == ["dawn"]
    assert differing("slow push in, storm light", "slow push in, dawn") == ["storm light"]
    assert differing("[Pan left] dawn", "[Pan right] dawn") == ["left"]
    assert differing("a close-up, don't move", "a close shot, move") == ["close-up", "don't"]
    assert differing("dawn  light", "dawn light") == []
    assert differing("Dawn", "dawn") == ["Dawn"]


def test_scripts_without_spaces_differ_by_the_character():
    assert differing("雪が静かに降る", "雨が静かに降る") == ["雪"]
    assert differing("夜明けの光", "夕暮れの光") == ["夜明け"]
    assert differing("กล้องซูมเข้า", "กล้องซูมออก") != ["กล้องซูมเข้า"]


def test_letters_that_run_from_right_to_left():
    assert differing("התקרבות איטית, זריחה", "התקרבות איטית, סערה") == ["זריחה"]
    assert differing("حركة بطيئة، فجر", "حركة سريعة، فجر") == ["بطيئة"]


def test_an_emoji_is_one_sign_however_it_is_made():
    assert differing("👩‍🚀 walks", "👨‍🚀 walks") == ["👩‍🚀"]
    assert differing("👍🏽 yes", "👍🏿 yes") == ["👍🏽"]
    assert differing("🇩🇪🇫🇷", "🇩🇪🇮🇹") == ["🇫🇷"]
    assert differing("☀️ dawn", "☀ dawn") == ["☀️"]


def test_accents_stay_with_their_letters():
    assert words_of("cafe\u0301 noir") == ["cafe\u0301", " ", "noir"]


def test_only_what_all_share_is_plain():
    pieces = marked(["push in, dawn", "push in, storm", "pan left, dawn"])
    assert pieces[0] == [("push in", SHARED), (", ", EQUAL), ("dawn", SHARED)]
    assert pieces[1] == [("push in", SHARED), (", ", EQUAL), ("storm", ALONE)]
    assert pieces[2] == [("pan left", ALONE), (", ", EQUAL), ("dawn", SHARED)]


def test_forty_long_prompts_are_compared_at_once():
    """2,000 characters without spaces are the worst case: as many words as characters."""
    base = "雪雨風雲" * 500
    given_texts = [base[:number] + "光" + base[number + 1 :] for number in range(40)]
    began = time.perf_counter()
    found = marked(given_texts)
    assert time.perf_counter() - began < 8
    assert all(any(differs for _, differs in pieces) for pieces in found)


def test_nothing_at_all():
    assert marked([]) == []
    assert marked([""]) == [[]]
    assert marked(["", "dawn"]) == [[], [("dawn", ALONE)]]
