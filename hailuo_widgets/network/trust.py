"""Which certificates are trusted: those of SSL_CERT_FILE or SSL_CERT_DIR, else the system's."""

from __future__ import annotations

import functools
import os
import ssl
import sys
from pathlib import Path
from typing import Final

from hailuo_widgets.network.setting import UnusableSettingError

_FILE: Final = "SSL_CERT_FILE"
_FOLDER: Final = "SSL_CERT_DIR"
_SYSTEM_FILES: Final = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Ubuntu, Arch
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora, RHEL
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",  # SUSE
    "/etc/ssl/cert.pem",  # Alpine, BSD
)


def environment() -> tuple[str, str]:
    """Return everything that :func:`context` depends on."""
    return os.environ.get(_FILE, ""), os.environ.get(_FOLDER, "")


def context() -> ssl.SSLContext:
    """Return what certificates are judged by; made once for each setting, which takes a while.

    Raises
    ------
    UnusableSettingError
        SSL_CERT_FILE or SSL_CERT_DIR is set and cannot be used.
    """
    return _context(*environment())


@functools.cache
def plain_http() -> ssl.SSLContext:
    """Return what trusts nobody: for plain http alone, made without a look at the environment."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def in_use() -> str:
    """Return the settings that decide now, for a sentence; empty when the system does."""
    file, folder = environment()
    named = ((_FILE, file), (_FOLDER, folder))
    return " and ".join(f"{name}={value}" for name, value in named if value)


@functools.lru_cache(maxsize=8)
def _context(file: str, folder: str) -> ssl.SSLContext:
    if not file and not folder:
        return _of_system()
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # What is named here is trusted, be it the company's root or what it has signed.
    made.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if file:
        _load_file(made, Path(file).expanduser())
    folders = [Path(part).expanduser() for part in folder.split(os.pathsep) if part]
    usable = [part for part in folders if part.is_dir()]
    for part in usable:
        _load_folder(made, part)
    if not file and not usable:
        raise UnusableSettingError(_FOLDER, folder, "there is no such folder", _how(_FOLDER))
    return made


def _load_file(made: ssl.SSLContext, path: Path) -> None:
    try:
        made.load_verify_locations(cafile=path)
    except FileNotFoundError:
        trouble = "there is no such file"
    except IsADirectoryError:
        trouble = "it is a folder"
    except PermissionError:
        trouble = "it may not be read"
    except (ssl.SSLError, OSError, ValueError):
        trouble = "it holds no certificates in PEM form"
    else:
        return
    if path.is_dir():
        trouble = "it is a folder"
    raise UnusableSettingError(_FILE, str(path), trouble, _how(_FILE))


def _load_folder(made: ssl.SSLContext, folder: Path) -> None:
    """Load a folder, whether or not its files were named by their hashes."""
    made.load_verify_locations(capath=folder)
    for pattern in ("*.pem", "*.crt"):
        for path in sorted(folder.glob(pattern)):
            try:
                made.load_verify_locations(cafile=path)
            except (ssl.SSLError, OSError):
                continue


def _of_system() -> ssl.SSLContext:
    if sys.platform in {"darwin", "win32"}:
        import truststore  # noqa: PLC0415  only there: elsewhere OpenSSL knows the way itself

        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made = ssl.create_default_context()
    # The default from Python 3.13 on; many a company's authority that browsers trust breaks it.
    made.verify_flags &= ~ssl.VERIFY_X509_STRICT
    paths = ssl.get_default_verify_paths()
    if made.cert_store_stats()["x509_ca"] or (paths.capath and any(Path(paths.capath).glob("*.0"))):
        return made
    # A Python that was built elsewhere (conda, uv) looks in places of its own.
    for path in _SYSTEM_FILES:
        if Path(path).is_file():
            made.load_verify_locations(cafile=path)
            return made
    import certifi  # noqa: PLC0415

    made.load_verify_locations(cafile=certifi.where())
    return made


def _how(variable: str) -> str:
    return (
        f"Let {variable} name what is there, or remove it, in the notebook by os.environ, and ask "
        "again."
    )
