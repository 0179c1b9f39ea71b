"""Content Credentials (C2PA): a copy of a clip, sealed with the user's own certificate.

The optional package ``c2pa-python`` does the work and loads when it is first used. The private key
is read from its file, used, and let go: it is in no message and in nothing that is written.

Source: C2PA Technical Specification 2.2, "Actions", "BMFF hash".
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hailuo_widgets.errors import InputError
from hailuo_widgets.files.atomic_write import CLIP, new_file, require_new
from hailuo_widgets.files.user_path import written_place
from hailuo_widgets.media.provenance.same_streams import same_film

if TYPE_CHECKING:
    from hailuo_widgets.media.provenance.provenance import Provenance

_FORMAT: Final = "video/mp4"
_LARGEST: Final = 100_000
"""Bytes of a file with a key or with certificates."""

_CURVES: Final = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}


def sign(
    clip: Path,
    destination: str | os.PathLike[str],
    origin: Provenance,
    *,
    certificate: str | os.PathLike[str],
    key: str | os.PathLike[str],
) -> Path:
    """Write a sealed copy of a clip.

    Raises
    ------
    InputError
        The package is missing, the certificate or the key cannot be used, or the destination
        exists.
    LibraryError
        The copy cannot be written.
    """
    try:
        import c2pa  # noqa: PLC0415
    except ImportError:
        raise InputError(
            'Signing needs an extra package: pip install "hailuo-widgets[c2pa]". Nothing was '
            "written."
        ) from None
    place = written_place(destination)
    require_new(place, CLIP)
    chain = _read(certificate, "certificate")
    with new_file(place, CLIP) as part:
        signer = _signer(c2pa, chain, key)
        builder = c2pa.Builder(json.dumps(_manifest(origin)))
        try:
            with clip.open("rb") as source, part.open("w+b") as target:
                builder.sign(signer, _FORMAT, source, target)
            _check(c2pa, clip, part)
        except c2pa.C2paError as error:
            raise _unsigned(type(error).__name__.removeprefix("_C2pa")) from None
        finally:
            builder.close()
            signer.close()
    return place


def _check(c2pa: Any, clip: Path, signed: Path) -> None:
    """Read the copy as everybody will: the seal holds, and it is the same film."""
    with signed.open("rb") as file, c2pa.Reader(_FORMAT, file) as reader:
        said = json.loads(reader.json())
    # "Valid" is whole by a certificate that c2pa-python has no list to trust by.
    if said.get("validation_state") not in {"Valid", "Trusted"}:
        codes = (each.get("code", "") for each in said.get("validation_status", ()))
        raise _unsigned(", ".join(code for code in codes if "untrusted" not in code))
    if not same_film(clip, signed):
        raise _unsigned("it would not have been the same film")


def _unsigned(why: str) -> InputError:
    return InputError(
        f"The clip could not be signed ({why}). The key must belong to the first certificate, and "
        "that must be one for signing: valid now, with the key usage “digital signature” and an "
        "extended key usage, followed in its file by those of the authorities above it. Nothing "
        "was written."
    )


def _manifest(origin: Provenance) -> dict[str, Any]:
    """Return what is signed: how the clip was made. Its XMP is under the signature as it stands."""
    name, _, version = origin.software.partition(" ")
    action: dict[str, Any] = {
        "action": "c2pa.created",
        "digitalSourceType": origin.source_type,
        "softwareAgent": {"name": origin.model or f"{name or 'hailuo_widgets'}, drafts"},
    }
    if origin.completed_at:
        action["when"] = origin.completed_at.isoformat(timespec="seconds")
    return {
        "claim_generator_info": [
            {"name": name or "hailuo_widgets", **({"version": version} if version else {})}
        ],
        "format": _FORMAT,
        "assertions": [{"label": "c2pa.actions", "data": {"actions": [action]}}],
    }


def _signer(c2pa: Any, chain: bytes, key: str | os.PathLike[str]) -> Any:
    problem = ""
    try:
        private = _read(key, "key")
        algorithm = c2pa.C2paSigningAlg[_algorithm(private)]
        return c2pa.Signer.from_info(c2pa.C2paSignerInfo(algorithm, chain, private, None))
    except InputError:
        raise
    except Exception as error:  # noqa: BLE001  whatever it is, it may quote the key
        problem = type(error).__name__
    finally:
        private = b""
    raise InputError(
        f"The certificate or the key cannot be used ({problem}). They are PEM files; the key is in "
        "PKCS #8, without a password, and belongs to the first certificate. Nothing was written."
    )


def _algorithm(private: bytes) -> str:
    """Name the algorithm that goes with a key, as C2PA does."""
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa  # noqa: PLC0415

    loaded = serialization.load_pem_private_key(private, None)
    if isinstance(loaded, ec.EllipticCurvePrivateKey):
        return _CURVES[loaded.curve.name]
    if isinstance(loaded, ed25519.Ed25519PrivateKey):
        return "ED25519"
    if isinstance(loaded, rsa.RSAPrivateKey):
        return "PS256"
    raise ValueError("another kind of key")


def _read(given: str | os.PathLike[str], role: str) -> bytes:
    if "-----BEGIN" in str(given):
        raise InputError(
            f"Give the path of the {role}'s file, not what is in it: what stands in a notebook is "
            "saved with it. Nothing was written."
        )
    path = Path(given).expanduser()
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except OSError as error:
        raise InputError(
            f"The {role} “{path.name}” cannot be read: {error.strerror}. Nothing was written."
        ) from None
    if len(data) > _LARGEST:
        raise InputError(f"“{path.name}” is too large for a {role}. Nothing was written.")
    return data
