"""Whose budgets count: a secret of this user on this machine seals the amounts they allow.

A library may come from another user, or come back from them. A budget in it counts if its seal
was made with the secret in this user's own folder; otherwise it has to be set anew.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import hmac
import os
import re
import secrets
from pathlib import Path
from typing import Final

from platformdirs import user_state_path

from hailuo_widgets.files.atomic_write import put_new, unfinished_file

_SECRET: Final = re.compile(rb"[0-9a-f]{64}")
_FOLDER: Final = "hailuo-widgets"
_FILE: Final = "budget-seal"
_MACHINE_IDS: Final = ("/etc/machine-id", "/var/lib/dbus/machine-id")


class Owner:
    """A user, by the secret that seals their budgets.

    Parameters
    ----------
    secret : bytes
        Never written into a library.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self.name: Final = hashlib.sha256(b"name of an owner\0" + secret).hexdigest()[:32]

    def seal(self, *values: object) -> str:
        """Return the seal (HMAC-SHA256) of some values, in hexadecimal."""
        words = "\0".join(map(str, values)).encode()
        return hmac.new(self._secret, words, hashlib.sha256).hexdigest()

    def is_sealed(self, seal: object, *values: object) -> bool:
        """Return True if this is the seal of these values."""
        return isinstance(seal, str) and hmac.compare_digest(
            seal.encode("utf-8", "replace"), self.seal(*values).encode()
        )


def this_owner() -> Owner:
    """Return the user who runs this process, as far as the machine can tell users apart.

    The secret is in the user's own state folder, so that it outlives the kernel (and the
    container, where the home does). Where that cannot be written, machine and user stand for it;
    where not even those are known, it is this process, and a budget is asked for in each.
    """
    return _owner(str(user_state_path(_FOLDER)))


@functools.lru_cache(maxsize=8)
def _owner(folder: str) -> Owner:
    try:
        secret = _kept(Path(folder))
    except (OSError, ValueError):
        secret = None
    return Owner(secret or _of_the_machine() or secrets.token_bytes(32))


def _kept(folder: Path) -> bytes | None:
    path = folder / _FILE
    known = _read(path)
    if known is not None:
        return known
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{_FILE}-{secrets.token_hex(8)}"
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with unfinished_file(part):
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_hex(32).encode())
            file.flush()
            os.fsync(file.fileno())
        # Of two kernels that begin at once one wins, whole.
        with contextlib.suppress(FileExistsError):
            put_new(part, path)
    return _read(path)


def _read(path: Path) -> bytes | None:
    try:
        found = path.read_bytes()
    except FileNotFoundError:
        return None
    return found if _SECRET.fullmatch(found) else None


def _of_the_machine() -> bytes | None:
    for name in _MACHINE_IDS:
        try:
            machine = Path(name).read_bytes().strip()
        except OSError:
            continue
        if machine:
            user = str(os.getuid()) if hasattr(os, "getuid") else os.environ.get("USERNAME", "")
            return hashlib.sha256(b"hailuo_widgets\0" + machine + b"\0" + user.encode()).digest()
    return None
