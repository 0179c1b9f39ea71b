"""Old names of public things work, and say what to write."""

import pytest

from hailuo_widgets.frame.frame import Frame
from hailuo_widgets.library.library import Library
from tests.support import samples
from tests.support.library_factory import finished


def test_an_old_name_does_the_same_and_says_the_new_one(tmp_path):
    frame = Frame(samples.picture(280, 500))
    library = Library(tmp_path / "library")
    library.ledger.budget.set("wavespeed", 1)
    clip = library.clip(finished(library, data=samples.clip()).clip_sha256)
    with pytest.warns(DeprecationWarning, match=r"Frame\.fixed\(\); the old name goes"):
        assert frame.mended() == frame.fixed()
    with pytest.warns(DeprecationWarning, match=r"Clip\.provenance\(\)") as told:
        assert clip.credits() == clip.provenance()
    assert told[0].filename == __file__
    with pytest.warns(DeprecationWarning, match=r"Library\.backup\(\)"):
        assert library.take_home(tmp_path / "home.zip").is_file()
    library.close()
