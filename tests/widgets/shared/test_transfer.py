"""Files in pieces between kernel and page."""

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from hailuo_widgets.widgets.shared.transfer import (
    PIECE_BYTES,
    UPLOAD_LIMIT,
    WINDOW,
    Upload,
    read_piece,
)


@settings(max_examples=25, deadline=None)
@given(size=st.integers(1, 8 * PIECE_BYTES), order=st.randoms(use_true_random=False))
def test_a_file_arrives_whole_in_whatever_order_its_pieces_come(size, order):
    data = bytes(order.getrandbits(8) for _ in range(64)) * (size // 64 + 1)
    data = data[:size]
    wanted = []
    upload = Upload(size, lambda offset, length: wanted.append((offset, length)))
    upload.begin()
    whole = None
    while wanted:
        assert len(wanted) <= WINDOW
        offset, length = wanted.pop(order.randrange(len(wanted)))
        assert whole is None
        whole = upload.receive(offset, data[offset : offset + length])
    assert whole == data


def test_only_a_few_pieces_are_asked_for_at_a_time():
    wanted = []
    upload = Upload(9 * PIECE_BYTES, lambda offset, length: wanted.append((offset, length)))
    upload.begin()
    assert wanted == [(index * PIECE_BYTES, PIECE_BYTES) for index in range(WINDOW)]
    upload.receive(0, bytes(PIECE_BYTES))
    assert len(wanted) == WINDOW + 1


@pytest.mark.parametrize("size", [0, -1, UPLOAD_LIMIT + 1])
def test_nothing_and_too_much_are_not_taken(size):
    with pytest.raises(ValueError, match="cannot take"):
        Upload(size, lambda *_: None)


def test_a_piece_nobody_asked_for_is_refused():
    upload = Upload(10, lambda *_: None)
    upload.begin()
    for offset, piece in [(5, b"x"), (0, b"short"), (0, b"far too long"), (-1, b"")]:
        with pytest.raises(ValueError, match="not asked for"):
            upload.receive(offset, piece)


def test_a_piece_is_taken_once():
    upload = Upload(2 * PIECE_BYTES, lambda *_: None)
    upload.begin()
    upload.receive(0, bytes(PIECE_BYTES))
    with pytest.raises(ValueError, match="not asked for"):
        upload.receive(0, bytes(PIECE_BYTES))


def test_pieces_of_a_file_join_to_the_file(tmp_path):
    file = tmp_path / "clip"
    file.write_bytes(bytes(range(256)) * 10)
    assert b"".join(read_piece(file, at, 100) for at in range(0, 2560, 100)) == file.read_bytes()


@pytest.mark.parametrize(
    ("offset", "length"), [(-1, 10), (0, 0), (0, PIECE_BYTES + 1), ("0", 10), (0, 1.5), (None, 1)]
)
def test_pieces_out_of_bounds_are_refused(tmp_path, offset, length):
    file = tmp_path / "clip"
    file.write_bytes(b"x" * 100)
    with pytest.raises(ValueError, match=r"whole numbers|out of bounds"):
        read_piece(file, offset, length)
