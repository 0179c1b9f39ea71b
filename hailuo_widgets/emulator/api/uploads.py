"""E3 and E4: files given for safe keeping, and the storage that keeps them."""

from __future__ import annotations

import mimetypes
import re
import shutil
import uuid
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message, Receive

from hailuo_widgets.emulator.account import serialize
from hailuo_widgets.emulator.account.records import Upload
from hailuo_widgets.emulator.account.threads import in_thread
from hailuo_widgets.emulator.api.bodies import UPLOAD_BYTES
from hailuo_widgets.emulator.api.request_context import RequestContext
from hailuo_widgets.emulator.http import file_kinds
from hailuo_widgets.emulator.http.responses import Answer, RefusedError
from hailuo_widgets.files.regular_file import file_sha256

STORE_PATH = "/storage"
MEDIA_PATH = "/media"
TICKET_SECONDS = 900.0

LONGEST_NAME = 255

MOST_FIELDS = 16
MOST_FIELD_BYTES = 65536
"""Of a form's fields besides its file."""

COPY_BYTES = 1024 * 1024

HARMLESS = {
    "Content-Security-Policy": "sandbox; default-src 'none'; img-src 'self'; media-src 'self'"
}
"""Whatever a browser makes of a file from anybody, it runs no script and asks for nothing."""

_MEDIA_TYPE = re.compile(r"[-+.\w]+/[-+.\w]+", re.ASCII)


async def ticket(case: RequestContext) -> Answer:
    """E3, first step. Name a place to PUT a file to."""
    wishes = case.json()
    filename, size = wishes.get("filename"), wishes.get("size")
    if not isinstance(filename, str) or not filename:
        raise RefusedError(400, "filename must be a string")
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        raise RefusedError(400, "size must be a positive integer")
    if size > UPLOAD_BYTES:
        raise RefusedError(413, f"at most {UPLOAD_BYTES} bytes")
    content_type = wishes.get("content_type")
    upload = _new(case, filename, size, content_type if isinstance(content_type, str) else "")
    case.emulator.state.keep(upload)
    data = _view(case, upload)
    data["upload"] = {
        "method": "PUT",
        "url": f"{case.base_url}{STORE_PATH}/{upload.id}",
        "headers": dict(upload.headers),
        "expires_at": serialize.date(
            upload.expires_at + case.skew_seconds, case.settings.created_at
        ),
    }
    return Answer.of(data)


def _new(case: RequestContext, filename: str, size: int, content_type: str) -> Upload:
    # A name from elsewhere is never more than a word at the end of a URL.
    name = Path(filename.replace("\\", "/")).name[-LONGEST_NAME:]
    if name in {"", ".."}:
        name = "upload"
    guessed = mimetypes.guess_type(name)[0] or "application/octet-stream"
    if _MEDIA_TYPE.fullmatch(content_type):
        guessed = content_type
    now = case.emulator.clock.now()
    return Upload(
        id=uuid.uuid4().hex,
        filename=name,
        content_type=guessed,
        size=size,
        headers={"Content-Type": guessed, "If-None-Match": "*"},
        created_at=now,
        expires_at=case.emulator.clock.after(now, TICKET_SECONDS),
    )


def _view(case: RequestContext, upload: Upload) -> dict[str, object]:
    url = f"{case.base_url}{MEDIA_PATH}/{upload.id}/{quote(upload.filename, errors='replace')}"
    return {
        "type": upload.content_type.partition("/")[0],
        "download_url": url,
        "filename": upload.filename,
        "size": upload.size,
    }


def admit(case: RequestContext) -> Upload:
    """Return the upload whose bytes come, judged by the request's head alone.

    Raises
    ------
    RefusedError
        Unless there is a ticket, still good, and its headers are here, letter for letter.
    """
    upload = case.emulator.state.uploads.get(case.request.path_params["upload"])
    if upload is None:
        raise RefusedError(404, "NoSuchUpload")
    if "authorization" in case.request.headers:
        # A storage with signed URLs takes one way of authorisation, not two.
        raise RefusedError(400, "Only one auth mechanism allowed")
    if case.emulator.clock.now() > upload.expires_at:
        raise RefusedError(403, "Request has expired")
    for name, value in upload.headers.items():
        if case.request.headers.get(name) != value:
            raise RefusedError(403, f"SignatureDoesNotMatch: {name}")
    if upload.stored:
        raise RefusedError(412, "PreconditionFailed: If-None-Match")
    return upload


async def store(case: RequestContext) -> Answer:
    """E3, second step. Take the bytes, with exactly the headers of the ticket."""
    upload = admit(case)
    if case.file is None or case.size != upload.size:
        raise RefusedError(400, f"{case.size} bytes instead of {upload.size}")
    etag = await in_thread(_sha256, case.file)
    _keep(case, admit(case), case.file)
    return Answer(b"", media_type="text/plain", headers={"ETag": f'"{etag}"'})


def _sha256(path: Path) -> str:
    return file_sha256(path, follow_links=True)


def _keep(case: RequestContext, upload: Upload, file: Path) -> None:
    file.replace(case.emulator.state.upload_path(upload))
    upload.stored = True
    case.emulator.state.keep(upload)


async def upload(case: RequestContext) -> Answer:
    """E4. Take a file as the multipart field ``file``."""
    kind = case.request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if case.file is None or kind != "multipart/form-data":
        raise RefusedError(400, "Invalid form: it is no multipart/form-data.")
    whole = case.file
    request = Request(case.request.scope, _replay(whole))
    try:
        form = await request.form(
            max_files=1, max_fields=MOST_FIELDS, max_part_size=MOST_FIELD_BYTES
        )
    except OSError:
        raise
    except Exception as error:  # noqa: BLE001 - a parser may meet anything
        detail = error.detail if isinstance(error, HTTPException) else "it cannot be read"
        raise RefusedError(400, f"Invalid form: {detail}") from None
    try:
        sent = form.get("file")
        if not isinstance(sent, UploadFile):
            raise RefusedError(400, "the form has no field 'file' with a file")
        if not sent.size:
            raise RefusedError(400, "the file is empty")
        kept = _new(case, sent.filename or "upload", sent.size, sent.content_type or "")
        # The form is read: its file may take its place.
        await in_thread(_copy, sent.file, whole)
    finally:
        await form.close()
    _keep(case, kept, whole)
    return Answer.of(_view(case, kept))


def _copy(source: BinaryIO, target: Path) -> None:
    with target.open("wb") as file:
        shutil.copyfileobj(source, file, COPY_BYTES)


def _replay(path: Path) -> Receive:
    """Return a file as if it just arrived."""
    place = 0

    def piece() -> bytes:
        with path.open("rb") as file:
            file.seek(place)
            return file.read(COPY_BYTES)

    async def receive() -> Message:
        nonlocal place
        body = await in_thread(piece)
        place += len(body)
        return {"type": "http.request", "body": body, "more_body": len(body) == COPY_BYTES}

    return receive


async def media(case: RequestContext) -> Answer:
    """Serve an uploaded file to the one that knows its URL, as what its bytes are and nothing else."""
    kept = case.emulator.state.uploads.get(case.request.path_params["upload"])
    if kept is None or not kept.stored:
        raise RefusedError(404, "Not found.")
    path = case.emulator.state.upload_path(kept)
    kind = file_kinds.of(path)
    headers = dict(HARMLESS)
    if kind == file_kinds.UNKNOWN:
        headers["Content-Disposition"] = "attachment"
    return Answer(path, media_type=kind, headers=headers)
