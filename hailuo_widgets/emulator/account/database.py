"""The emulator's memory: everything at hand, and written through to one SQLite file."""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
import sqlite3
from collections import Counter
from decimal import Decimal
from pathlib import Path

from hailuo_widgets.emulator.account.records import Charge, Prediction, Record, Upload, as_json
from hailuo_widgets.files.atomic_write import replacing_file

SCHEMA = 2


class StateError(OSError):
    """The state's folder cannot be used."""


class State:
    """Predictions, bill and uploads, with their files.

    Reading never touches the disk. `keep` returns when the change is in the file's journal: it
    survives the process, however that ends. One process at a time owns a folder.

    Parameters
    ----------
    folder : Path
        Made when missing.

    Raises
    ------
    StateError
        When the folder cannot be written, is in use, or was made by a newer version.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.predictions: dict[str, Prediction] = {}
        self.charges: dict[str, Charge] = {}
        self.uploads: dict[str, Upload] = {}
        self.billed = {"deduct": Decimal(0), "refund": Decimal(0)}
        self._submissions: Counter[str] = Counter()
        self._by_output: dict[str, Prediction] = {}
        try:
            for part in ("frames", "uploads", "outputs", "incoming"):
                (folder / part).mkdir(parents=True, exist_ok=True)
            self._database = _open(folder / "state.sqlite3")
        except (OSError, sqlite3.Error) as error:
            raise StateError(f"The emulator's state in {folder} cannot be used: {error}.") from None
        self._load()
        for path in self.incoming.glob("*.part"):  # from a killed process too
            path.unlink(missing_ok=True)

    def _load(self) -> None:
        readers = {reader.kind: reader.load for reader in (Prediction, Charge, Upload)}
        facts: dict[str, str] = {}
        rows = self._database.execute("SELECT kind, id, body FROM records ORDER BY rowid")
        for kind, name, body in rows:
            if kind == "fact":
                facts[name] = body
            else:
                self._remember(readers[kind](json.loads(body)))
        # What an earlier process or an earlier reset was still rendering never gets in the way.
        self.secret = facts.get("secret") or secrets.token_hex(16)
        self.epoch = facts.get("epoch") or secrets.token_hex(4)
        self._write([("fact", "secret", self.secret), ("fact", "epoch", self.epoch)])
        self.outputs.mkdir(exist_ok=True)
        for path in self.outputs.iterdir():  # a rendering's beginnings, from a killed process
            if path.name not in self._by_output:
                path.unlink(missing_ok=True)

    def keep(self, *records: Record) -> None:
        """Write records down, all or none, and have them at hand."""
        self._write([(each.kind, each.id, json.dumps(as_json(each))) for each in records])
        for each in records:
            self._remember(each)

    def _write(self, rows: list[tuple[str, str, str]]) -> None:
        with self._database:  # one transaction
            self._database.execute("BEGIN")
            self._database.executemany(
                "INSERT INTO records VALUES (?, ?, ?)"
                " ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
                rows,
            )

    def _remember(self, record: Record) -> None:
        if isinstance(record, Charge):
            self.charges[record.id] = record
            self.billed[record.billing] += Decimal(record.price)
        elif isinstance(record, Upload):
            self.uploads[record.id] = record
        else:
            if record.id not in self.predictions:
                self._submissions[record.request] += 1
            self.predictions[record.id] = record
            self._by_output[record.output] = record

    @property
    def outputs(self) -> Path:
        """The folder for clips."""
        return self.folder / "outputs" / self.epoch

    @property
    def incoming(self) -> Path:
        """The folder for files that are just coming in."""
        return self.folder / "incoming"

    def variation(self, request: str) -> int:
        """Return how many submissions of the same request there have been."""
        return self._submissions[request]

    def by_output(self, name: str) -> Prediction | None:
        """Return the prediction whose clip has this file name."""
        return self._by_output.get(name)

    def newest(self) -> list[Prediction]:
        """Return all predictions that are not gone, the newest first."""
        return [each for each in reversed(self.predictions.values()) if not each.gone]

    def store_frame(self, data: bytes) -> str:
        """Store a picture; return its sha256 in hexadecimal."""
        digest = hashlib.sha256(data).hexdigest()
        path = self.folder / "frames" / digest
        if not path.exists():
            with replacing_file(path) as unfinished:
                unfinished.write_bytes(data)
        return digest

    def frame(self, digest: str) -> bytes:
        """Return a stored picture."""
        return (self.folder / "frames" / digest).read_bytes()

    def upload_path(self, upload: Upload) -> Path:
        """Return where an upload's bytes are."""
        return self.folder / "uploads" / upload.id

    def expire(self, before: float) -> None:
        """Let go of everything that began before a moment: its files now, its rows never."""
        for prediction in self.predictions.values():
            if prediction.created_at >= before:
                break
            if not prediction.gone:
                self.forget(prediction)
        for upload in self.uploads.values():
            if upload.created_at < before and upload.stored:
                upload.stored = False
                self.keep(upload)
                self.upload_path(upload).unlink(missing_ok=True)

    def forget(self, prediction: Prediction) -> None:
        """Let go of one prediction, as if its retention were over."""
        prediction.gone = True
        self.keep(prediction)
        (self.outputs / prediction.output).unlink(missing_ok=True)

    def reset(self) -> None:
        """Forget everything, files included."""
        self._database.execute("DELETE FROM records")
        for memory in (self.predictions, self.charges, self.uploads, self._by_output):
            memory.clear()
        self._submissions.clear()
        self.billed = dict.fromkeys(self.billed, Decimal(0))
        for part in ("frames", "uploads", "outputs"):
            shutil.rmtree(self.folder / part, ignore_errors=True)
            (self.folder / part).mkdir(exist_ok=True)
        self._load()

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()


def _open(path: Path) -> sqlite3.Connection:
    # Opened by the one who starts the server, used by the thread that its event loop runs in.
    database = sqlite3.connect(path, timeout=0.5, isolation_level=None, check_same_thread=False)
    try:
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        (version,) = database.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA:
            raise sqlite3.DatabaseError("it was made by a newer version")
        database.execute(
            "CREATE TABLE IF NOT EXISTS records"
            " (kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, id))"
        )
        database.execute(f"PRAGMA user_version = {SCHEMA}")
    except sqlite3.Error:
        database.close()
        raise
    return database
