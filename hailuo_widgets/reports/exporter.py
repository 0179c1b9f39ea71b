"""``jupyter nbconvert --to hailuo``: a notebook as one page that plays with no network."""

from __future__ import annotations

import math
import secrets
from typing import TYPE_CHECKING, Any, Final

import traitlets
import traitlets.config
from nbconvert.exporters.html import HTMLExporter

from hailuo_widgets.errors import HailuoError, InputError
from hailuo_widgets.redaction import PLACEHOLDER, redact
from hailuo_widgets.reports.blocks import TEMPLATES
from hailuo_widgets.reports.embed_clips import embedded, least_room, linked
from hailuo_widgets.reports.html_page import (
    finished,
    inert,
    policy,
    size_of,
    style,
    without_the_web,
)
from hailuo_widgets.reports.preprocessor import WidgetOutputs
from hailuo_widgets.text import neutralize

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from hailuo_widgets.reports.blocks import Blocks
    from hailuo_widgets.reports.embed_clips import EmbeddedClip

MEGABYTE: Final = 1_000_000


class HailuoExporter(HTMLExporter):
    """Writes one HTML file in which the clips play, from the library beside the notebook.

    Without the library it shows the posters that the notebook holds, says so, and goes on.
    """

    export_from_notebook = "Hailuo report"
    output_mimetype = "text/html"

    budget = traitlets.Float(
        24.0, help="Megabytes the page may have; clips are encoded anew to fit."
    ).tag(config=True)
    clips = traitlets.CaselessStrEnum(
        ["embed", "link"],
        "embed",
        help="Whether clips lie in the page, or as they are in a folder beside it.",
    ).tag(config=True)
    library = traitlets.Unicode(
        "",
        help="The library's folder. Default: HAILUO_LIBRARY, else hailuo-library beside the notebook.",
    ).tag(config=True)

    playing = True

    def __init__(self, **traits: object) -> None:
        super().__init__(**traits)  # type: ignore[no-untyped-call]
        last = WidgetOutputs(library=self.library, playing=self.playing, parent=self)
        self.register_preprocessor(last, enabled=True)  # type: ignore[no-untyped-call]

    @property
    def default_config(self) -> traitlets.config.Config:
        """What holds unless the user says otherwise: cells tagged "remove-cell" stay out."""
        ours = traitlets.config.Config()
        ours.TagRemovePreprocessor.remove_cell_tags = ["remove-cell", "remove_cell"]
        ours.TagRemovePreprocessor.remove_input_tags = ["remove-input", "remove_input"]
        ours.TagRemovePreprocessor.remove_all_outputs_tags = ["remove-output", "remove_output"]
        config: traitlets.config.Config = super().default_config.copy()
        config.merge(ours)
        return config

    @traitlets.default("template_name")
    def _our_template(self) -> str:
        return "hailuo"

    @traitlets.default("extra_template_basedirs")
    def _our_templates(self) -> list[str]:
        return [str(TEMPLATES)]

    @traitlets.default("embed_images")
    def _with_images(self) -> bool:
        return True

    @traitlets.default("exclude_anchor_links")
    def _without_anchors(self) -> bool:
        return True

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[Any, dict[str, Any]]:
        """Convert a notebook.

        Raises
        ------
        InputError
            The budget is too small for the page without its clips.
        """
        try:
            return self._convert(nb, resources, **kw)
        except HailuoError as error:
            _end_of_program(error)
            raise

    def _convert(
        self, nb: NotebookNode, resources: dict[str, Any] | None, **kw: Any
    ) -> tuple[Any, dict[str, Any]]:
        if not 0 < self.budget < float("inf"):
            raise InputError("The budget is a number of megabytes above 0. Nothing was written.")
        if resources and resources.get("output_files_dir"):
            beside = redact(resources["output_files_dir"]).replace(PLACEHOLDER, "key")
            resources = {**resources, "output_files_dir": beside}
        whole, resources = super().from_notebook_node(nb, resources, **kw)
        blocks: Blocks = resources.pop("blocks")
        for note in resources["hailuo"]["notes"]:
            self.log.warning("%s", neutralize(redact(note)))
        keys, nonce = resources.pop("keys"), resources["hailuo"]["nonce"]
        whole = inert(without_the_web(_whole_characters(whole)))
        held, files = self._hold(blocks, size_of(whole, blocks.clips), resources)
        whole = redact(finished(blocks.filled(whole, held), blocks, held, nonce), keys)
        resources["outputs"] = {**(resources.get("outputs") or {}), **files}
        resources["shown"] = {
            "blocks": blocks.drawn,
            "clips": len(blocks.clips),
            "missing": len(blocks.missing),
        }
        return whole, resources

    def _hold(
        self, blocks: Blocks, size: int, resources: dict[str, Any]
    ) -> tuple[dict[str, EmbeddedClip], dict[str, bytes]]:
        """Bring the clips into the page, or beside it."""
        inside = self.playing and self.clips == "embed"
        least = size + (least_room(blocks.clips) if inside else 0)
        room = int(self.budget * MEGABYTE)
        if least > room:
            need = math.ceil(least / MEGABYTE * 10) / 10
            raise InputError(
                f"The report does not fit {self.budget:g} MB: without its clips the page takes "
                f"{size / MEGABYTE:.2f} MB, for posters and contact sheets. Nothing was written. "
                f"Give at least {need:g} MB (--HailuoExporter.budget={need:g})."
            )
        if inside:
            return embedded(blocks.clips, room - size), {}
        if self.playing:
            return linked(blocks.clips, resources.get("output_files_dir") or "")
        return {}, {}

    def _init_resources(self, resources: dict[str, Any] | None) -> dict[str, Any]:
        made: dict[str, Any] = super()._init_resources(resources)  # type: ignore[no-untyped-call]
        nonce = secrets.token_urlsafe(16) if self.playing else ""
        made["hailuo"] = {
            "style": style(),
            "policy": policy(self.clips, nonce),
            "nonce": nonce,
        }
        return made


def _whole_characters(page: str) -> str:
    """Replace halves of characters, which no file can hold."""
    return page.encode("utf-8", "replace").decode()


def _end_of_program(error: HailuoError) -> None:
    """End the command line with a sentence and status 1; elsewhere do nothing."""
    # Not imported above: nbconvert loads all exporters while it defines its program.
    from nbconvert.nbconvertapp import NbConvertApp  # noqa: PLC0415

    application = traitlets.config.Application
    program = application.instance() if application.initialized() else None
    if isinstance(program, NbConvertApp):
        program.log.error("%s", error)
        program.exit(1)
