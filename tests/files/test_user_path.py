"""Paths and addresses as people write, paste and copy them, wherever one is given."""

import itertools
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hailuo_widgets as hw
from hailuo_widgets.errors import FrameError, InputError
from hailuo_widgets.files.user_path import file_of, place_of, written_place
from hailuo_widgets.request import arguments
from tests.support.samples import gradient

NFC, NFD = (unicodedata.normalize(form, "Größe née.jpg") for form in ("NFC", "NFD"))
CORNERS = [('"', '"'), ("'", "'"), ("“", "”"), ("„", "“"), ("«", "»"), ("<", ">"), (" ", "\t")]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "set one").mkdir()
    for name in ("dog.jpg", "set one/dog (1).jpg", NFD):
        (tmp_path / name).write_bytes(gradient(640, 360))
    return tmp_path


@pytest.mark.parametrize(
    "text",
    [
        *(f"{left}dog.jpg{right}" for left, right in CORNERS),
        *(f"{a}{b}dog.jpg{c}{d}" for (a, d), (b, c) in itertools.permutations(CORNERS[:3], 2)),
        "\u202adog.jpg",
        "\ufeffdog.jpg\r\n",
        ".\\dog.jpg",
        "set one\\..\\dog.jpg",
    ],
)
def test_what_stands_around_a_path_comes_off(folder, text):
    assert place_of(text).path.resolve() == folder / "dog.jpg"
    assert hw.Frame(text).source_name == "dog.jpg"


@pytest.mark.parametrize(
    "text",
    [
        "set one\\dog (1).jpg",
        '"set one\\dog (1).jpg"',
        r"set\ one/dog\ \(1\).jpg",
        "file://{0}/set%20one/dog%20(1).jpg",
        "file:{0}/set%20one/dog%20%281%29.jpg",
        "FILE://localhost{0}/set one/dog (1).jpg",
        "<file://{0}/set%20one/dog%20(1).jpg>",
        "file://{0}/set%20one/dog%20(1).jpg?raw=1#top",
    ],
)
def test_a_path_of_another_system_or_program_is_understood(folder, text):
    assert place_of(text.format(folder)).path.absolute() == folder / "set one" / "dog (1).jpg"


def test_a_name_is_found_however_its_letters_are_composed(folder):
    assert hw.Frame(NFC).source_name == NFD
    (folder / NFD).rename(folder / NFC)
    assert hw.Frame(Path(NFD)).source_name == NFC


def test_folders_are_found_however_their_letters_are_composed(folder):
    deep = folder / unicodedata.normalize("NFD", "Übung") / unicodedata.normalize("NFC", "été")
    deep.mkdir(parents=True)
    (deep / "x.jpg").write_bytes(gradient(640, 360))
    assert (
        place_of("Übung\\" + unicodedata.normalize("NFD", "été") + "\\x.jpg").path.absolute()
        == deep / "x.jpg"
    )


def test_two_files_of_the_same_letters_are_refused_and_the_exact_name_is_taken(folder):
    forms = ["\u1ed9.jpg", "o\u0323\u0302.jpg", "\u1ecd\u0302.jpg"]  # one letter, three ways
    for form in forms[:2]:
        (folder / form).write_bytes(gradient(640, 360))
    assert place_of(forms[0]).path == Path(forms[0])
    with pytest.raises(FrameError, match="the name of 2 files or folders"):
        hw.Frame(forms[2])


@pytest.mark.parametrize("name", ['"x".jpg', "a\\b.jpg", " y.jpg", "file:z.jpg", "<w>"])
def test_a_file_that_is_called_so_is_taken_letter_for_letter(folder, name):
    (folder / name).write_bytes(gradient(640, 360))
    (folder / "y.jpg").write_bytes(b"another")
    assert str(place_of(name).path) == name
    assert hw.Frame(name).width == 640


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('"cat.jpg"', "“cat.jpg” at the given path (also tried: without the quotes"),
        ("C:\\Users\\me\\cat.jpg", "“cat.jpg” at the given path (also tried: with / for each"),
        (
            "file:///home/somebody/caf%C3%A9.jpg",
            "“café.jpg” at the given path (also tried: as a file",
        ),
        ("~nobody-here/cat.jpg", "“cat.jpg” at the given path."),
        ("dog.jpg/cat.jpg", "There is no file “cat.jpg” at the given path."),
        ("cat\0.jpg", "no file name holds such characters"),
        ("c" * 5000, "File name too long"),
        ('"' * 100_000, "cannot be read"),
        ("x" * 10_000_000, "cannot be read"),
    ],
)
def test_what_was_tried_is_said_and_no_folder_is_named(folder, text, words):
    with pytest.raises(FrameError) as told:
        hw.Frame(text)
    assert words in str(told.value)
    assert "me" not in str(told.value).replace("name", "")
    assert len(str(told.value)) < 400


@pytest.mark.parametrize(
    "text", ["  https://example.org/x.jpg\n", "<http://example.org/x.jpg>", '"http://e.org"']
)
def test_an_address_may_have_blanks_and_brackets_around_it(text):
    assert place_of(text).address == text.strip(' \n<>"')


def test_a_data_uri_may_have_blanks_around_it():
    uri = hw.Frame(gradient(640, 360)).data_uri()
    assert hw.Frame(f" {uri}\n").width == 640


@given(st.text(max_size=60))
def test_any_text_is_a_place(text):
    place = place_of(text)
    assert place.address or place.name
    assert isinstance(written_place(text), Path)


@pytest.mark.parametrize("given", ["'film.mp4'", "sub\\film.mp4", "file:{0}/sub/film.mp4"])
def test_films_and_sounds_are_found_the_same_way(folder, given):
    (folder / "sub").mkdir()
    for name in ("film.mp4", "sub/film.mp4"):
        (folder / name).write_bytes(b"x")
    assert file_of(given.format(folder)).samefile(folder / "sub" / "film.mp4") == ("sub" in given)
    with pytest.raises(InputError, match="no address"):
        file_of("https://example.org/film.mp4")


def test_a_shot_list_names_the_row_of_a_picture_that_is_missing(folder):
    (folder / "list.csv").write_text('image,prompt\ndog.jpg,a\n"""cat.jpg""",b\n')
    with pytest.raises(
        FrameError, match=r"Row 3: There is no file “cat.jpg” at the given path \(also"
    ):
        hw.Sweep.from_csv("'list.csv'")


# -- the first line of the cell magic ---------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (r"C:\Users\new\temp\cat.jpg", [r"C:\Users\new\temp\cat.jpg"]),
        (r'"D:\my films\n.jpg" --take 2', [r"D:\my films\n.jpg", "--take", "2"]),
        (r"\\server\share\x.jpg", [r"\\server\share\x.jpg"]),
        ("“my cat.jpg” --end-image='a b.png'", ["my cat.jpg", "--end-image=a b.png"]),
        ("Ann's.jpg it's.jpg", ["Ann's.jpg", "it's.jpg"]),
        ("'Ann's cat.jpg'", ["Ann's cat.jpg"]),
        ('"" x', ["", "x"]),
        ("", []),
    ],
)
def test_a_line_is_split_at_blanks_and_keeps_its_backslashes(line, words):
    assert arguments.words_of(line) == words


@given(st.text(max_size=40))
def test_any_line_is_split_or_its_quote_is_missed(line):
    try:
        words = arguments.words_of(line)
    except ValueError:
        return
    assert sum(map(len, words)) <= len(line)
