"""Content Credentials: sealed with a certificate made here, the film and the statement unchanged."""

import datetime as dt
import io
import json
import subprocess
import sys
import traceback

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from hailuo_widgets.errors import InputError, LibraryError
from hailuo_widgets.media.clip import Clip
from hailuo_widgets.media.formats.mp4_boxes import C2PA, boxes
from hailuo_widgets.media.provenance import embed
from hailuo_widgets.media.provenance.content_credentials import sign
from hailuo_widgets.media.store import Media
from tests.support import samples
from tests.support.films import mp4_builds
from tests.support.provenance import origin

c2pa = pytest.importorskip("c2pa")

FILM = samples.clip(frames=12)
KEYS = {
    "P-256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "P-384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "Ed25519": ed25519.Ed25519PrivateKey.generate,
    "RSA": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
}


def named(common_name):
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Tests"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def issued(key, authority, name, *, is_authority=False, days=30):
    """A certificate for a key, by an authority's key."""
    now = dt.datetime.now(dt.UTC)
    usage = x509.KeyUsage(True, False, False, False, False, is_authority, is_authority, False, False)  # fmt: skip
    made = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named("authority"))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=9))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()), False
        )
        .add_extension(usage, critical=True)
    )
    if not is_authority:
        purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
        made = made.add_extension(purpose, critical=False)
    return made.sign(authority, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def pem(key, password=None):
    seal = (
        serialization.BestAvailableEncryption(password)
        if password
        else serialization.NoEncryption()
    )
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, seal)


class Papers:
    """A person's certificate and key as files."""

    def __init__(self, folder, key):
        authority = ec.generate_private_key(ec.SECP256R1())
        self.key, self.certificate = folder / "me.key", folder / "me.pem"
        self.secret = pem(key)
        self.key.write_bytes(self.secret)
        self.certificate.write_bytes(
            issued(key, authority, "me")
            + issued(authority, authority, "authority", is_authority=True)
        )

    @property
    def both(self):
        return {"certificate": self.certificate, "key": self.key}


@pytest.fixture
def papers(tmp_path):
    return Papers(tmp_path, KEYS["P-256"]())


@pytest.fixture
def clip(tmp_path):
    media = Media(tmp_path / "library")
    with media.incoming() as arrived:
        arrived.write_bytes(FILM)
        sha256, facts = media.keep_clip(arrived, origin())
    path = media.clip_path(sha256)
    size = path.stat().st_size
    return Clip(path, media.poster_path(sha256), sha256, *facts[:5], size, facts.draft)


def report(path):
    with path.open("rb") as file:
        return json.loads(c2pa.Reader("video/mp4", file).json())


@pytest.mark.parametrize("kind", KEYS)
def test_a_signed_copy_is_valid_says_what_it_is_and_is_the_same_film(clip, tmp_path, kind):
    papers = Papers(tmp_path, KEYS[kind]())
    before = clip.path.read_bytes()
    path = clip.signed(tmp_path / "signed.mp4", **papers.both)
    data = path.read_bytes()
    assert mp4_builds.packets(data) == mp4_builds.packets(FILM)
    assert mp4_builds.complaints(data) == []
    assert embed.read(data) == clip.provenance() == origin()
    assert clip.path.read_bytes() == before
    said = report(path)
    assert said["validation_state"] == "Valid"
    manifest = said["manifests"][said["active_manifest"]]
    (actions,) = [each for each in manifest["assertions"] if "actions" in each["label"]]
    (action,) = actions["data"]["actions"]
    assert action["action"] == "c2pa.created"
    assert action["digitalSourceType"].endswith("/trainedAlgorithmicMedia")
    assert action["softwareAgent"]["name"] == "minimax/hailuo-02/i2v-pro"
    assert manifest["signature_info"]["common_name"] == "me"
    for line in papers.secret.splitlines():
        assert line not in data
    assert str(tmp_path).encode() not in data


def test_a_change_of_the_statement_or_the_film_breaks_the_seal(clip, papers, tmp_path):
    data = clip.signed(tmp_path / "signed.mp4", **papers.both).read_bytes()
    for before, after in ((b"push in", b"push up"), (data[-2000:-1990], bytes(10))):
        changed = tmp_path / "changed.mp4"
        changed.write_bytes(data.replace(before, after))
        assert report(changed)["validation_state"] == "Invalid"


def test_what_is_sealed_is_never_inscribed_anew(clip, papers, tmp_path):
    sealed = clip.signed(tmp_path / "signed.mp4", **papers.both).read_bytes()
    assert C2PA in [box.kind for box in boxes(io.BytesIO(sealed))]
    assert embed.embed_origin(io.BytesIO(sealed), io.BytesIO(), origin("other")) is False


def other_key(papers):
    papers.key.write_bytes(pem(KEYS["P-256"]()))


def locked_key(papers):
    papers.key.write_bytes(pem(KEYS["P-256"](), b"password"))


def odd_key(papers):
    papers.key.write_bytes(pem(dsa.generate_private_key(2048)))


def no_key(papers):
    papers.key.write_bytes(b"this is no key")


def missing_key(papers):
    papers.key.unlink()


def large_key(papers):
    papers.key.write_bytes(bytes(100_001))


def no_certificate(papers):
    papers.certificate.write_bytes(b"this is no certificate")


def missing_certificate(papers):
    papers.certificate.unlink()


def other_purpose(papers):
    """One that says nothing of signing."""
    key = serialization.load_pem_private_key(papers.secret, None)
    papers.certificate.write_bytes(issued(key, key, "authority", is_authority=True))


def expired(papers):
    key = serialization.load_pem_private_key(papers.secret, None)
    authority = KEYS["P-256"]()
    papers.certificate.write_bytes(issued(key, authority, "me", days=-1))


@pytest.mark.parametrize(
    "spoil",
    [
        other_key, locked_key, odd_key, no_key, missing_key, large_key, no_certificate,
        missing_certificate, other_purpose, expired,
    ],
)  # fmt: skip
def test_papers_that_do_not_do_are_told_in_a_sentence_without_the_key(
    clip, papers, tmp_path, spoil, caplog, capfd
):
    spoil(papers)
    with pytest.raises(InputError, match=r"Nothing was written\.$") as caught:
        clip.signed(tmp_path / "signed.mp4", **papers.both)
    told = "".join(traceback.format_exception(caught.value)) + caplog.text + "".join(capfd.readouterr())  # fmt: skip
    for line in papers.secret.decode().splitlines()[1:-1]:
        assert line not in told
    assert caught.value.__context__ is None or caught.value.__suppress_context__
    assert not list(tmp_path.glob("*.mp4"))
    assert not list(tmp_path.glob("*.part"))


def test_a_key_itself_is_not_taken(clip, papers, tmp_path):
    with pytest.raises(InputError, match="Give the path of the key's file") as caught:
        clip.signed(
            tmp_path / "signed.mp4", certificate=papers.certificate, key=papers.secret.decode()
        )
    assert "BEGIN" not in str(caught.value)


def test_a_file_that_is_there_is_left_as_it_is(clip, papers, tmp_path):
    taken = tmp_path / "taken.mp4"
    taken.write_bytes(b"mine")
    with pytest.raises(InputError, match="exists already"):
        clip.signed(taken, **papers.both)
    assert taken.read_bytes() == b"mine"
    with pytest.raises(LibraryError, match="could not be written"):
        clip.signed(tmp_path / "nowhere" / "signed.mp4", **papers.both)


def test_a_draft_is_signed_as_what_it_is(clip, papers, tmp_path):
    told = origin(service="emulator")
    path = sign(clip.path, tmp_path / "signed.mp4", told, **papers.both)
    text = json.dumps(report(path))
    assert "/composite" in text
    assert "trainedAlgorithmicMedia" not in text


def test_without_the_package_a_sentence_says_what_to_install():
    script = (
        "import sys\n"
        "sys.modules['c2pa'] = None  # as where it is not installed\n"
        "from pathlib import Path\n"
        "from hailuo_widgets.media.provenance.content_credentials import sign\n"
        "try:\n"
        "    sign(Path('a.mp4'), 'b.mp4', None, certificate='c', key='k')\n"
        "except ValueError as error:\n"
        "    print(type(error).__name__, error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == (
        "InputError Signing needs an extra package: pip install "
        '"hailuo-widgets[c2pa]". Nothing was written.'
    )
