/** What is saved of a comparison: the frames as they stand, and one film with labels. */

import { asker, statusBox, isAsking } from "../../page/asker.js";
import { setLabel } from "../../page/button_label.js";
import { button, listen } from "../../page/dom.js";
import { FILM, PICTURE } from "../../page/icons.js";
import { saveBlob } from "../../page/save_file.js";
import { packDownload, saveDownload } from "../../shared/downloads.js";
import { drawLabel, newCanvas, pictureOf, toPNG } from "./canvas_labels.js";
import { frameDue } from "../playback/playhead.js";
import { layOutFrames } from "./sheet_layout.js";

/** @typedef {import("../cell.js").Cell} Cell */
/** @typedef {{ cell: Cell } & NonNullable<ReturnType<typeof pictureOf>>} Picture */

export class SaveControls {
  /** @param {import("../modes/modes.js").Desk} desk @param {import("../modes/modes.js").Modes} modes */
  constructor(desk, modes) {
    const { frame, messages, signal } = desk;
    this.desk = desk;
    this.modes = modes;
    this.frames = button("Save frames", { icon: PICTURE, label: "Save frames", title: "Save the frames as they stand, as one PNG (S)" });
    this.film = button("Save as MP4", { icon: FILM, label: "Save as MP4", class: "hw-compare-film", title: "One film of the whole comparison, with labels" });
    this.asker = asker({ messages, box: statusBox("hw-compare-film-trouble"), signal });
    listen(this.frames, "click", () => this.saveFrames(), signal);
    listen(this.film, "click", () => this.saveFilm(), signal);
    frame.after(this.asker.element);
  }

  /** Return the cells that are seen now. */
  seen() {
    const { cells, state } = this.desk;
    const { a, b } = this.modes.pair();
    if (state.get().mode !== "grid") return [a, b].flatMap((id) => cells.get(id) ?? []);
    return this.modes.all().filter(({ kind }) => kind === "clip");
  }

  seenClips() {
    return this.seen().filter((cell) => cell.kind === "clip" && cell.state.facts.sha256);
  }

  /** Return how many stand beside each other on the screen. @param {Cell[]} cells */
  columns(cells) {
    const top = cells[0]?.root.offsetTop;
    return this.desk.state.get().mode === "grid" ? Math.max(1, cells.filter(({ root }) => root.offsetTop === top).length) : 2;
  }

  /** @param {Cell} cell */
  describeFrame({ id, kind, state: { facts } }) {
    if (kind === "picture") return "";
    const { fps, frames } = /** @type {import("../../player/player.js").Facts} */ (facts);
    const { offsets, time } = this.desk.state.get();
    return `frame ${frameDue({ fps, frames, offset: offsets[id] ?? 0 }, time) + 1}`;
  }

  async saveFrames() {
    const { state, transport, announce } = this.desk;
    // A step may be on its way still.
    await transport.settled();
    const cells = this.seen();
    const pictures = cells.flatMap((cell) => {
      const picture = pictureOf(cell);
      return picture ? [{ cell, ...picture }] : [];
    });
    if (pictures.length === 0) return announce("There is no picture to save yet.");
    const columns = Math.min(pictures.length, this.columns(cells));
    const first = this.drawFrames(pictures, columns, 1);
    // One long label, and all get a second line.
    const { canvas } = first.lines > 1 ? this.drawFrames(pictures, columns, 2) : first;
    saveBlob(await toPNG(canvas), `comparison-${state.get().time.toFixed(2)}s.png`);
    announce("The frames were saved.");
  }

  /**
   * Draw pictures with their labels; `lines` is what the longest label would take.
   * @param {Picture[]} pictures @param {number} columns @param {number} lines of each label
   */
  drawFrames(pictures, columns, lines) {
    const plan = layOutFrames(pictures, columns, lines);
    const { canvas, pen } = newCanvas(plan.width, plan.height);
    const needed = pictures.map(({ cell, source, poster }, index) => {
      const { picture, label } = plan.places[index];
      pen.drawImage(source, picture.x, picture.y, picture.width, picture.height);
      const draft = Boolean(cell.state.facts.draft);
      return drawLabel(pen, label, { name: this.modes.nameOf(cell.id), draft, more: poster ? "poster" : this.describeFrame(cell), scale: plan.scale, lines });
    });
    return { canvas, lines: Math.max(...needed) };
  }

  async saveFilm() {
    const { film } = this;
    const { state, messages, announce } = this.desk;
    const { loop, offsets } = state.get();
    if (isAsking(film)) return;
    const clips = this.seenClips();
    const request = {
      cells: clips.map(({ id }) => id),
      columns: this.columns(clips),
      loop: loop ? [loop.in, loop.out] : null,
      offsets: clips.map(({ id }) => offsets[id] ?? 0),
    };
    setLabel(film, "Making it…");
    await this.asker.during(async (heartbeat) => {
      const packed = await packDownload(messages, "export", request, heartbeat, (share) => setLabel(film, `Making it · ${Math.round(share * 100)} %`));
      await saveDownload(messages, packed, "video/mp4", (share) => {
        heartbeat();
        setLabel(film, `Fetching · ${Math.round(share * 100)} %`);
      });
      announce(`${packed.name} was saved.`);
    }, [film]);
    setLabel(film, "Save as MP4");
    this.draw();
  }

  draw() {
    this.film.disabled = this.seenClips().length === 0;
  }
}
