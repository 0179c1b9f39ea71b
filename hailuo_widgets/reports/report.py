"""``hw.report``: a notebook, as it was saved last, as one file to hand on."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from hailuo_widgets.errors import InputError, LibraryError
from hailuo_widgets.files.atomic_write import replacing_file
from hailuo_widgets.redaction import redact
from hailuo_widgets.reports.current_notebook import here, is_behind, notebook_file
from hailuo_widgets.text import neutralize

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from hailuo_widgets.reports.exporter import HailuoExporter

_OURS: Final = re.compile(rb'<meta [^>]*"hailuo_widgets"[^>]*>|/Producer \(Skia/PDF')
_LOOK_AT: Final = 20_000


@dataclass(frozen=True, slots=True, repr=False)
class ReportResult:
    """A report that was written; printed, it says what is in it.

    Attributes
    ----------
    path : Path
        The file.
    sentence : str
        What is in it, and what is not.
    """

    path: Path
    sentence: str

    def __repr__(self) -> str:
        return self.sentence


def report(
    destination: str | os.PathLike[str] = "report.html",
    *,
    notebook: str | os.PathLike[str] | None = None,
    budget: float = 24.0,
    clips: Literal["embed", "link"] = "embed",
    library: str | os.PathLike[str] | None = None,
) -> ReportResult:
    """Write a notebook as one page that plays its clips with no network, or as a PDF.

    The notebook is read as it was saved last: save it first (Ctrl+S).

    Parameters
    ----------
    destination : str or Path
        The file: ``.html``, or ``.pdf`` (printed by Chromium, with contact sheets). An earlier
        report is replaced, any other file is left as it is.
    notebook : str or Path, optional
        The notebook's file; default: the one that runs now.
    budget : float
        Megabytes the page may have; clips are encoded anew to fit, and the page says so.
    clips : "embed" or "link"
        Whether clips lie in the page, or as they are in a folder beside it.
    library : str or Path, optional
        The library's folder. Default: ``HAILUO_LIBRARY``, else ``hailuo-library`` beside the
        notebook.

    Raises
    ------
    InputError
        There is no such notebook, nothing of this kit is in it, the destination is no report, or
        the budget is too small.
    LibraryError
        The file cannot be written.
    HailuoError
        There is no Chromium to print with.

    Examples
    --------
    >>> report("out.html", notebook="x.ipynb")  # doctest: +SKIP
    out.html: 3.1 MB, 4 clips, from x.ipynb as saved at 14:02:31.
    """
    target = Path(destination).expanduser()
    exporter = _exporter(target, budget=budget, clips=clips, library=os.fspath(library or ""))
    environment, names = here()
    source = Path(notebook) if notebook is not None else notebook_file(environment, names)
    content, saved = _read(source)
    resources: dict[str, Any] = {
        "metadata": {"name": source.stem, "path": str(source.absolute().parent)},
        "output_files_dir": f"{target.stem}_files",
    }
    page, resources = exporter.from_notebook_node(content, resources)
    if not resources["shown"]["blocks"]:
        raise InputError(
            f"{source.name}, as saved at {saved}, shows nothing of this kit yet. Nothing was "
            "written. Run its cells, save it (Ctrl+S), and ask again."
        )
    _write({target.parent / name: data for name, data in resources["outputs"].items()})
    _write({target: page})
    behind = notebook is None and is_behind(_counts(content), names.get("In", ()))
    said = _sentence(target, source, saved, resources["shown"], behind=behind)
    return ReportResult(target, neutralize(redact(said)))


def _exporter(target: Path, **options: Any) -> HailuoExporter:
    """Choose who writes such a file, and see first that it may be written."""
    try:
        from hailuo_widgets.reports.exporter import HailuoExporter  # noqa: PLC0415
        from hailuo_widgets.reports.pdf import HailuoPDFExporter  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise InputError(
            f"A report needs nbconvert, and {error.name} is not installed. Nothing was written. "
            'Install it: pip install "hailuo-widgets[lab]".'
        ) from None
    kinds = {".html": HailuoExporter, ".htm": HailuoExporter, ".pdf": HailuoPDFExporter}
    kind = kinds.get(target.suffix.lower())
    if kind is None:
        raise InputError(
            f"A report is an .html or a .pdf file, and {target.name!r} is neither. Nothing was "
            "written."
        )
    if options["clips"] not in {"embed", "link"}:
        raise InputError('clips is "embed" or "link". Nothing was written.')
    if target.exists() and not _is_report(target):
        raise InputError(
            f"{target.name} exists and is no report of this kit, so it is left as it is. Choose "
            "another name."
        )
    return kind(**options)


def _is_report(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            start = file.read(_LOOK_AT)
    except OSError:
        return False
    return _OURS.search(start) is not None


def _read(path: Path) -> tuple[NotebookNode, str]:
    """Read a notebook; tell when it was saved."""
    import nbformat  # noqa: PLC0415

    try:
        content = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
        saved = path.stat().st_mtime
    except FileNotFoundError:
        raise InputError(f"There is no notebook {path.name}. Nothing was written.") from None
    except (OSError, ValueError, nbformat.reader.NotJSONError) as error:
        raise InputError(
            f"{path.name} cannot be read as a notebook ({type(error).__name__}). Nothing was "
            "written. Save it again, or name another one."
        ) from None
    return content, f"{datetime.fromtimestamp(saved, UTC).astimezone():%H:%M:%S}"


def _counts(content: NotebookNode) -> list[int | None]:
    return [cell.get("execution_count") for cell in content.cells]


def _write(files: dict[Path, str | bytes]) -> None:
    """Write files, each whole or not at all."""
    for path, data in files.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with replacing_file(path) as part:
                part.write_bytes(data if isinstance(data, bytes) else data.encode())
        except OSError as error:
            raise LibraryError(
                f"{path.name} could not be written: {error.strerror or type(error).__name__}. "
                "Nothing in the library was changed. Free some space, or choose another folder."
            ) from None


def _sentence(
    target: Path, source: Path, saved: str, shown: dict[str, int], *, behind: bool
) -> str:
    size = target.stat().st_size / 1e6
    clips = f"{shown['clips']} clip{'s' * (shown['clips'] != 1)}"
    said = f"{target.name}: {size:.1f} MB, {clips}, from {source.name} as saved at {saved}."
    if shown["missing"]:
        said += f" {shown['missing']} more could not be found in the library: posters stand there."
    if behind:
        said += (
            " Cells have run since it was saved: to have them in the report, save (Ctrl+S) and "
            "run this cell again."
        )
    return said
