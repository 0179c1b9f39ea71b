"""E3 and E4: files given for safe keeping, and the storage that keeps them."""

from __future__ import annotations

import hashlib
import mimetypes
import re
import uuid
from pathlib import Path
from urllib.parse import quote

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message, Receive

from hailuo_widgets.emulator import views
from hailuo_widgets.emulator.answers import Answer, RefusedError
from hailuo_widgets.emulator.case import Case
from hailuo_widgets.emulator.records import Upload

STORE_PATH = "/storage"
MEDIA_PATH = "/media"
TICKET_SECONDS = 900.0
MOST_BYTES = 64 * 1024 * 1024

_MEDIA_TYPE = re.compile(r"[-+.\w]+/[-+.\w]+", re.ASCII)


async def ticket(case: Case) -> Answer:
    """E3, first step. Name a place to PUT a file to."""
    wishes = case.json()
    filename, size = wishes.get("filename"), wishes.get("size")
    if not isinstance(filename, str) or not filename:
        raise RefusedError(400, "filename must be a string")
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        raise RefusedError(400, "size must be a positive integer")
    if size > MOST_BYTES:
        raise RefusedError(413, f"at most {MOST_BYTES} bytes")
    content_type = wishes.get("content_type")
    upload = _new(case, filename, size, content_type if isinstance(content_type, str) else "")
    case.emulator.state.keep(upload)
    data = _view(case, upload)
    data["upload"] = {
        "method": "PUT",
        "url": f"{case.base_url}{STORE_PATH}/{upload.id}",
        "headers": dict(upload.headers),
        "expires_at": views.date(upload.expires_at + case.skew_seconds, case.settings.created_at),
    }
    return Answer.of(data)


def _new(case: Case, filename: str, size: int, content_type: str) -> Upload:
    # A name from elsewhere is never more than a word at the end of a URL.
    name = Path(filename.replace("\\", "/")).name or "upload"
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


def _view(case: Case, upload: Upload) -> dict[str, object]:
    url = f"{case.base_url}{MEDIA_PATH}/{upload.id}/{quote(upload.filename, errors='replace')}"
    return {
        "type": upload.content_type.partition("/")[0],
        "download_url": url,
        "filename": upload.filename,
        "size": upload.size,
    }


async def store(case: Case) -> Answer:
    """E3, second step. Take the bytes, with exactly the headers of the ticket."""
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
    if len(case.body) != upload.size:
        raise RefusedError(400, f"{len(case.body)} bytes instead of {upload.size}")
    _keep(case, upload)
    etag = hashlib.sha256(case.body).hexdigest()
    return Answer(b"", media_type="text/plain", headers={"ETag": f'"{etag}"'})


def _keep(case: Case, upload: Upload) -> None:
    case.emulator.state.upload_path(upload).write_bytes(case.body)
    upload.stored = True
    case.emulator.state.keep(upload)


async def upload(case: Case) -> Answer:
    """E4. Take a file as the multipart field ``file``."""
    request = Request(case.request.scope, _replay(case.body))
    try:
        async with request.form(max_files=1) as form:
            sent = form.get("file")
            if not isinstance(sent, UploadFile):
                raise RefusedError(400, "the form has no field 'file' with a file")
            data = await sent.read()
    except HTTPException as error:
        raise RefusedError(400, f"Invalid form: {error.detail}") from None
    if not data:
        raise RefusedError(400, "the file is empty")
    kept = _new(case, sent.filename or "upload", len(data), sent.content_type or "")
    case.body = data
    _keep(case, kept)
    return Answer.of(_view(case, kept))


def _replay(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def media(case: Case) -> Answer:
    """Serve an uploaded file to whoever knows its URL."""
    kept = case.emulator.state.uploads.get(case.request.path_params["upload"])
    if kept is None or not kept.stored:
        raise RefusedError(404, "Not found.")
    return Answer(case.emulator.state.upload_path(kept), media_type=kept.content_type)
