"""What the disk under a library can do, found out by trying.

Network disks refuse what SQLite and locks stand on, and each says so with another error number.
So a small file of our own is locked, mapped, written down and renamed before anything else is.
"""

from __future__ import annotations

import contextlib
import errno
import mmap
import os
import re
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ELSEWHERE: Final = "Set HAILUO_LIBRARY to a folder on this machine's own disk."
"""What the user can do when a disk lacks something that a library needs."""

PROBE: Final = re.compile(r"\.hailuo-probe-[0-9a-f]{32}")
"""The names of the files this is tried with; a kernel that was killed may leave one."""

_PAGE: Final = 32768

_NETWORK: Final = re.compile(
    r"nfs\d?|cifs|smb\w*|lustre|fuse(\..*)?|fuseblk|9p|afs|ceph|glusterfs|beegfs|gpfs|vboxsf|"
    r"prl_fs|virtiofs|ncpfs|orangefs|pvfs2|acfs|ocfs2|gfs2"
)
"""File systems whose shared maps may not be shared: two machines may use the folder at once."""

_WORDS: Final = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your quota on this disk is used up",
    errno.EFBIG: "the disk is full or failing",
    errno.EROFS: "its disk can only be read from",
    errno.EACCES: "you may not write there",
    errno.EPERM: "you may not write there",
    errno.EIO: "the disk is failing",
    errno.ESTALE: "the network disk has lost the folder",
    errno.ENOENT: "the folder is not there any more",
    errno.ENOTDIR: "there is a file where a folder belongs",
    errno.EMFILE: "this process has too many files open",
    errno.ENFILE: "this machine has too many files open",
    errno.ENODEV: "the disk is not there any more",
    errno.ENXIO: "the disk is not there any more",
    errno.ETIMEDOUT: "the network disk does not answer",
    errno.ENOTCONN: "the network disk is not connected any more",
    errno.ELOOP: "a link stands where a file belongs",
    errno.ENAMETOOLONG: "its path is too long",
}

_MENDS: Final = {
    errno.ENOSPC: "Free some space",
    errno.EDQUOT: "Free some of what your quota counts",
    errno.EMFILE: "Close some files, or restart the kernel",
    errno.ENFILE: "Close some programs",
}


def why(error: OSError) -> str:
    """Return in a few words why the disk refused something."""
    known = _WORDS.get(error.errno or 0)
    said = error.strerror or type(error).__name__
    return f"{said} ({known})" if known else said


def mend(error: OSError) -> str:
    """Return a sentence: what the user can do about it."""
    first = _MENDS.get(error.errno or 0, "Permit writing to the folder")
    return f"{first}, or set HAILUO_LIBRARY to another folder."


@dataclass(frozen=True, slots=True)
class Disk:
    """What the disk under a folder can do.

    Attributes
    ----------
    locks : OSError or None
        Why it takes no locks such as SQLite's.
    maps : bool
        True if processes of all machines may share a map of a file: WAL needs that.
    refusal : OSError or None
        Why a file cannot be written down for good, or renamed in another one's place.
    verb : str
        What was refused then.
    """

    locks: OSError | None = None
    maps: bool = True
    refusal: OSError | None = None
    verb: str = ""

    @property
    def trouble(self) -> str:
        """Why no library can live here, and what to do; empty when one can."""
        if self.locks is not None:
            return f"this folder's disk cannot lock files (a network disk?). {ELSEWHERE}"
        if self.refusal is None:
            return ""
        if self.verb == "sync" and self.refusal.errno in _NOT_KNOWN:
            return (
                "this folder's disk cannot promise that what is written stays written, so a "
                f"request could be paid for and forgotten (a network disk?). {ELSEWHERE}"
            )
        if self.verb == "rename" and self.refusal.errno in _NOT_KNOWN:
            return f"this folder's disk cannot put one file in another one's place. {ELSEWHERE}"
        return f"{why(self.refusal)}. {mend(self.refusal)}"


_NOT_KNOWN: Final = frozenset(
    {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOTTY, errno.EPERM}
)
"""How a file system says that it knows no such thing."""

_HELD: Final = frozenset({errno.EAGAIN, errno.EACCES})


def probe(folder: Path) -> Disk:
    """Try in a folder what a library needs.

    Raises
    ------
    OSError
        No file can be made there at all.
    """
    first = folder / f".hailuo-probe-{uuid.uuid4().hex}"
    second = first.with_name(f".hailuo-probe-{uuid.uuid4().hex}")
    try:
        descriptor = os.open(first, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            locks = _refusal_of_locks(descriptor)
            try:
                os.write(descriptor, b"\0" * _PAGE)
            except OSError as error:
                return Disk(refusal=error, verb="write")
            maps = _maps(descriptor) and not on_network(folder)
            try:
                os.fsync(descriptor)
            except OSError as error:
                return Disk(locks, maps, error, "sync")
        finally:
            os.close(descriptor)
        try:
            second.touch(0o600, exist_ok=False)
            first.replace(second)
        except OSError as error:
            return Disk(locks, maps, error, "rename")
    finally:
        for path in (first, second):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
    return Disk(locks, maps)


def _refusal_of_locks(descriptor: int) -> OSError | None:
    """Lock a byte as SQLite does; return the error when that was refused."""
    if sys.platform == "win32":
        return None  # each disk of Windows locks, or opens nothing
    import fcntl  # noqa: PLC0415  not on Windows

    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 0)
        fcntl.lockf(descriptor, fcntl.LOCK_UN, 1, 0)
    except OSError as error:
        # No other process knows the file, so none can hold a lock on it.
        return error
    return None


def _maps(descriptor: int) -> bool:
    try:
        with mmap.mmap(descriptor, _PAGE) as shared:
            shared[:1] = b"\1"
    except (OSError, ValueError):
        return False
    return True


def on_network(folder: Path) -> bool:
    """Return True if other machines may use a folder's disk, as far as Linux says it."""
    try:
        device = folder.stat().st_dev
        text = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    wanted = f"{os.major(device)}:{os.minor(device)}" if hasattr(os, "major") else ""
    for line in text.splitlines():
        before, _, after = line.partition(" - ")
        fields = before.split()
        if len(fields) > 2 and fields[2] == wanted and after:
            return _NETWORK.fullmatch(after.split()[0]) is not None
    return False


def sync_file(path: Path) -> None:
    """Have a file's bytes written down; an OSError where the disk refuses."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Have a folder's entries written down, where the system can do that.

    Raises
    ------
    OSError
        The disk is full or failing.
    """
    if sys.platform == "win32":
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return  # a folder that may be written to and not read
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Many network disks know files alone; what a disk without space says is meant.
        if error.errno in {errno.EIO, errno.ENOSPC, errno.EDQUOT}:
            raise
    finally:
        os.close(descriptor)


def trial(folder: Path) -> OSError | None:
    """Write a little; return the error when the disk refused, else None."""
    try:
        found = probe(folder)
    except OSError as error:
        return error
    return found.refusal
