"""The library's folder as other hands than the kit's treat it: deleted, moved, replaced, swapped."""

import contextlib
import shutil
import time

KINDS = ("deleted", "moved", "unmounted", "older copy", "swapped")

_CANARIES = ("canary", "canary.lock", "canary.mp4", "canary.jpg", "canary.png")
_SONG = b"Nobody has any business here.\n"


class TrialFolders:
    """The folders of one trial.

    Parameters
    ----------
    folder : Path
        The laboratory's own.
    seed : int
        Of the trial.

    Attributes
    ----------
    path : Path
        Where the kernels look for their library.
    other : Path
        Another library, of another project.
    """

    def __init__(self, folder, seed):
        self._folder = folder / f"trial-{seed}"
        self._folder.mkdir()
        self.path = self._folder / "library"
        self.other = self._folder / "other"
        self._away = self._folder / "away"
        self._older = self._folder / "older"

    @property
    def has_ledger(self):
        """Whether there is a library where the kernels look for it."""
        return (self.path / "ledger.sqlite3").is_file()

    def clean(self):
        """Leave nothing behind."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def copy(self):
        """Make the copy that will be brought back later; nobody may have it open."""
        shutil.copytree(self.path, self._older)

    def act(self, kind):
        """Let one of :data:`KINDS` happen, below a kernel that has the library open."""
        if kind == "deleted":
            _delete(self.path)
            return
        self.path.rename(self._away)
        if kind == "unmounted":
            self.path.mkdir()
        elif kind == "older copy":
            self._older.rename(self.path)
        elif kind == "swapped":
            self.other.rename(self.path)
            self._away.rename(self.other)

    def put_back(self, kind):
        """Have things as they were, as far as that can be, once no process is left.

        Returns
        -------
        bool
            Whether it is the library that was open when it happened.
        """
        if kind == "swapped":
            self.other.rename(self._away)
            self.path.rename(self.other)
            self._away.rename(self.path)
            return True
        if kind in {"moved", "unmounted"} and not self.has_ledger:
            shutil.rmtree(self.path, ignore_errors=True)
            self._away.rename(self.path)
            return True
        shutil.rmtree(self._away, ignore_errors=True)
        return False

    # -- files that are nobody's business -------------------------------------------------

    def set_canaries(self):
        """Lay files beside the library, where a name with dots and slashes in it would lead."""
        for name in _CANARIES:
            (self._folder / name).write_bytes(_SONG)

    def lost_canaries(self):
        """Name those that are not what they were."""
        paths = [self._folder / name for name in _CANARIES]
        return [path.name for path in paths if not (path.is_file() and path.read_bytes() == _SONG)]


def _delete(path):
    """Delete a folder in which somebody may be writing."""
    for _ in range(50):
        with contextlib.suppress(OSError):
            shutil.rmtree(path)
        if not path.exists():
            return
        time.sleep(0.002)
