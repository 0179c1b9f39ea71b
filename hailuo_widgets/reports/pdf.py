"""``jupyter nbconvert --to hailuo_pdf``: the page of a report, on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

from hailuo_widgets.reports.chromium import find, printed
from hailuo_widgets.reports.exporter import HailuoExporter

if TYPE_CHECKING:
    from nbformat import NotebookNode


class HailuoPDFExporter(HailuoExporter):
    """Prints a report: contact sheets where the page plays clips, and links in plain words."""

    export_from_notebook = "Hailuo report (PDF)"
    output_mimetype = "application/pdf"

    chromium = traitlets.Unicode(
        "", help="Chromium's name or path. Default: the first of the usual names that is found."
    ).tag(config=True)

    playing = False

    @traitlets.default("file_extension")
    def _file_extension_default(self) -> str:
        return ".pdf"

    @traitlets.default("template_extension")
    def _template_extension_default(self) -> str:
        return ".html.j2"

    def _convert(
        self, nb: NotebookNode, resources: dict[str, Any] | None, **kw: Any
    ) -> tuple[Any, dict[str, Any]]:
        program = find(self.chromium)
        page, resources = super()._convert(nb, resources, **kw)
        return printed(page, program), resources
